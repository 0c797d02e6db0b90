"""The exact planner: starts from the portfolio's plan and ends with a proof, as far as the work allowed suffices.

Plain problems are searched bottom up by sections of time (`planning/branch_and_bound.py`); those with shares or fixed
buffers by OR-Tools' CP-SAT where the extra "exact" is installed, else the portfolio's plan is all there is.
"""

from dataclasses import dataclass

from arenafit.planning import cpsat
from arenafit.planning.bounds import lower_bound_bytes
from arenafit.planning.certificate import Certificate
from arenafit.planning.height_bisection import HeightSpan
from arenafit.planning.heuristics import hopeless
from arenafit.planning.instance import compile_problem, offsets_of, positions_of
from arenafit.planning.offsets import plan_at
from arenafit.planning.plain import Known, Task, search_plain, searchable
from arenafit.planning.planners import portfolio
from arenafit.planning.presolve import reduce, restored
from arenafit.planning.problem import Infeasible, Outcome, Plan, Problem, TimedOut
from arenafit.planning.work import Work

_STEPS = 60_000_000


@dataclass(frozen=True, slots=True)
class Exact:
    """Portfolio, then exact search; the plan is the lowest, or within the capacity, if the work allowed suffices."""

    name: str = "exact"
    seed: int = 0

    def plan(self, problem: Problem, *, work: Work | None = None) -> Outcome:
        """Return the lowest plan found, or the first within the capacity; `Infeasible` only where it is proved."""
        obstacle = hopeless(problem, compile_problem(problem))
        if obstacle is not None:
            return obstacle
        allowed = Work(_STEPS) if work is None else work
        unbounded = Problem(problem.buffers, problem.shares, problem.alignment_bytes)
        warm = portfolio.Portfolio(seed=self.seed).plan(unbounded, work=allowed.part(None))
        if not isinstance(warm, Plan):
            return warm
        proof = self.prove(problem, warm, work=allowed)
        capacity = problem.capacity_bytes
        if capacity is None or proof.plan.height_bytes <= capacity:
            return proof.plan
        if proof.lower_bound_bytes > capacity:
            return Infeasible(f"every plan is above the capacity of {capacity} bytes, as an exact search has shown")
        return TimedOut(best=proof.plan)

    def prove(self, problem: Problem, warm: Plan, *, work: Work) -> Certificate:
        """Return the lowest plan found below `warm` and the bound proved; with a capacity, the first plan within it."""
        bound, goal = lower_bound_bytes(problem), problem.capacity_bytes
        if warm.height_bytes <= bound or (goal is not None and warm.height_bytes <= goal):
            return Certificate(warm, bound)
        instance, unit = compile_problem(problem), problem.alignment_bytes
        lowest = -(-bound // unit)
        hint = positions_of(problem, warm)
        span = HeightSpan(lowest, instance.height(hint), 0 if goal is None else max(goal // unit, lowest))
        found = _search(Task(instance, reduce(instance, lowest), hint, span, work, self.seed))
        plan = plan_at(problem, offsets_of(problem, instance, found.positions))
        best = plan if plan.height_bytes < warm.height_bytes else warm
        # Fixed buffers may end between two units; the bound in bytes knows of them.
        return Certificate(best, found.lowest * unit if found.lowest > lowest else bound)


def _search(task: Task) -> Known:
    """Return the lowest positions known at the end, and the height that is proved to be needed."""
    core = task.reduced.core
    hint = [task.hint[item] for item in task.reduced.kept]
    if core.height(hint) <= max(task.span.lowest, task.span.goal):
        return Known(restored(task.instance, task.reduced, hint), task.span.lowest)
    if searchable(task.reduced):
        return search_plain(task)
    if not cpsat.available():
        return Known(task.hint, task.span.lowest)
    searched = cpsat.minimize(core, hint, task.span, task.work)
    if searched.positions is None:
        return Known(task.hint, searched.lowest)
    return Known(restored(task.instance, task.reduced, searched.positions), searched.lowest)


PLANNER = Exact()
