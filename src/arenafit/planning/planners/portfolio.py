"""The default planner: fast orders, a short exact search, local search over orders, until a plan meets the bound."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from arenafit.planning.bounds import lower_bound_bytes
from arenafit.planning.coalescing import Saving, join, savings
from arenafit.planning.greedy_fit import ORDERS, by_size, first_fit
from arenafit.planning.height_bisection import HeightSpan
from arenafit.planning.heuristics import hopeless, lowest_plan, ordered_plans, variants
from arenafit.planning.instance import Instance, compile_problem, offsets_of
from arenafit.planning.local_search import SearchEffort, climb
from arenafit.planning.offsets import plan_at, within_capacity
from arenafit.planning.plain import Task, search_plain, searchable
from arenafit.planning.planners import tflm_greedy
from arenafit.planning.presolve import reduce
from arenafit.planning.problem import Outcome, Plan, Problem
from arenafit.planning.work import Work

# Steps of all local searches together, where nothing else is said.
_STEPS = 600_000
# Turns of an exact search.
_TURNS = 100
# Small problems are through with fewer rounds than a second would allow.
_ROUNDS, _ROUNDS_PER_ITEM = 100, 20
# Local searches, each from another start and with other joins: fewer where they would end too soon.
_RESTARTS, _FEWEST_ROUNDS = 12, 30


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All orders by both fits, then restarted local search; deterministic for a seed."""

    name: str = "portfolio"
    seed: int = 0

    def plan(self, problem: Problem, *, work: Work | None = None) -> Outcome:
        """Return the lowest plan found, never higher than TFLM's greedy planner's."""
        instance = compile_problem(problem)
        obstacle = hopeless(problem, instance)
        if obstacle is not None:
            return obstacle
        bound = lower_bound_bytes(problem)
        plans = self._plans(problem, instance, bound, work or Work())
        return within_capacity(problem, lowest_plan(plans, bound))

    def _plans(self, problem: Problem, instance: Instance, bound: int, work: Work) -> Iterator[Plan]:
        greedy = tflm_greedy.PLANNER.plan(replace(problem, capacity_bytes=None))
        # Around fixed buffers off the alignment TFLM puts others off it too.
        aligned = all((buffer.fixed_offset_bytes or 0) % problem.alignment_bytes == 0 for buffer in problem.buffers)
        if aligned and isinstance(greedy, Plan):
            yield greedy
        both = variants(instance)
        yield from ordered_plans(problem, both, ORDERS)
        yield from self._by_sections(problem, instance, bound, work)
        rng = random.Random(self.seed)  # noqa: S311 - reproducible search, no secret
        possible = savings(instance)
        left = work.left()
        steps = _STEPS if left is None else left
        restarts = max(len(both), min(_RESTARTS, steps // (_FEWEST_ROUNDS * instance.work)))
        for restart in range(restarts):
            start = both[restart] if restart < len(both) else join(instance, _some(possible, rng))
            order = ORDERS[restart % len(ORDERS)](start)
            rounds = _ROUNDS + _ROUNDS_PER_ITEM * len(start.sizes)
            allowed = work.part(min(steps // restarts, rounds * start.work))
            effort = SearchEffort(-(-bound // problem.alignment_bytes), allowed)
            yield plan_at(problem, offsets_of(problem, start, climb(start, order, effort, rng)))

    def _by_sections(self, problem: Problem, instance: Instance, bound: int, work: Work) -> Iterator[Plan]:
        """Yield what a short exact search finds, where it can be made."""
        lowest = -(-bound // problem.alignment_bytes)
        reduced = reduce(instance, lowest)
        if not searchable(reduced):
            return
        hint = first_fit(instance, by_size(instance))
        span = HeightSpan(lowest, instance.height(hint), 0)
        found = search_plain(Task(instance, reduced, hint, span, work, self.seed, _TURNS))
        yield plan_at(problem, offsets_of(problem, instance, found.positions))


def _some(possible: list[Saving], rng: random.Random) -> list[Saving]:
    """Return some of the possible savings, larger ones mostly first."""
    share = rng.choice((0.5, 0.8, 0.95))
    chosen = [saving for saving in possible if rng.random() < share]
    return sorted(chosen, key=lambda saving: -saving[0] * rng.uniform(0.5, 1))


PLANNER = Portfolio()
