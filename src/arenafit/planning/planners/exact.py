"""The exact planner: starts from the portfolio's plan and ends with a proof, as far as its time allows.

Plain problems are searched bottom up by sections of time (see `planning/sections.py`); those with shares or fixed
buffers by OR-Tools' CP-SAT where the extra "exact" is installed, else the portfolio's plan is all there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import gcd
from time import monotonic

import numpy as np

from arenafit.planning import cpsat
from arenafit.planning.bounds import lower_bound_bytes
from arenafit.planning.descent import Span, Start, descend
from arenafit.planning.instance import Instance, compile_problem, is_plain, offsets_of, positions_of
from arenafit.planning.layout import plan_at
from arenafit.planning.planners import portfolio
from arenafit.planning.problem import Infeasible, Outcome, Plan, Problem, TimedOut
from arenafit.planning.proof import Proof
from arenafit.planning.reduction import Reduced, reduce, restored
from arenafit.planning.searching import hopeless
from arenafit.planning.sections import RANKINGS, Items, Ranking, Search, Vector, restarting, search

# The search by sections goes one Python frame deeper per item; above this many it would meet the recursion limit.
_MOST_ITEMS = 600
_PORTFOLIO_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Exact:
    """Portfolio, then exact search; the plan is the lowest, or within the capacity, unless the time was too short."""

    name: str = "exact"
    seed: int = 0

    def plan(self, problem: Problem, *, seconds: float = 1.0) -> Outcome:
        """Return the lowest plan found, or the first within the capacity; `Infeasible` only where it is proved."""
        start = monotonic()
        obstacle = hopeless(problem, compile_problem(problem))
        if obstacle is not None:
            return obstacle
        unbounded = Problem(problem.buffers, problem.shares, problem.alignment_bytes)
        warm = portfolio.Portfolio(seed=self.seed).plan(unbounded, seconds=min(_PORTFOLIO_SECONDS, seconds))
        if not isinstance(warm, Plan):
            return warm
        proof = self.prove(problem, warm, seconds=max(0.0, seconds - (monotonic() - start)))
        capacity = problem.capacity_bytes
        if capacity is None or proof.plan.height_bytes <= capacity:
            return proof.plan
        if proof.lower_bound_bytes > capacity:
            return Infeasible(f"every plan is above the capacity of {capacity} bytes, as an exact search has shown")
        return TimedOut(seconds, best=proof.plan)

    def prove(self, problem: Problem, warm: Plan, *, seconds: float) -> Proof:
        """Return the lowest plan found below `warm` and the bound proved; with a capacity, the first plan within it."""
        deadline = monotonic() + seconds
        bound, goal = lower_bound_bytes(problem), problem.capacity_bytes
        if warm.height_bytes <= bound or (goal is not None and warm.height_bytes <= goal):
            return Proof(warm, bound)
        instance, unit = compile_problem(problem), problem.alignment_bytes
        lowest = -(-bound // unit)
        hint = positions_of(problem, warm)
        span = Span(lowest, instance.height(hint), 0 if goal is None else max(goal // unit, lowest))
        found = _search(_Task(instance, reduce(instance, lowest), hint, span, deadline, self.seed))
        plan = plan_at(problem, offsets_of(problem, instance, found.positions))
        best = plan if plan.height_bytes < warm.height_bytes else warm
        # Fixed buffers may end between two units; the bound in bytes knows of them.
        return Proof(best, found.lowest * unit if found.lowest > lowest else bound)


@dataclass(frozen=True, slots=True)
class _Task:
    """Find positions below those of `hint`; heights are in units."""

    instance: Instance
    reduced: Reduced
    hint: list[int]
    span: Span
    deadline: float
    seed: int


@dataclass(frozen=True, slots=True)
class _Found:
    positions: list[int]
    lowest: int


def _search(task: _Task) -> _Found:
    """Return the lowest positions known at the end, and the height that is proved to be needed."""
    core = task.reduced.core
    hint = [task.hint[item] for item in task.reduced.kept]
    if core.height(hint) <= max(task.span.lowest, task.span.goal):
        return _Found(restored(task.instance, task.reduced, hint), task.span.lowest)
    if all(is_plain(core, item) for item in range(len(core.sizes))) and len(core.sizes) <= _MOST_ITEMS:
        return _by_sections(task)
    if not cpsat.available():
        return _Found(task.hint, task.span.lowest)
    searched = cpsat.minimize(core, hint, task.span, max(0.0, task.deadline - monotonic()))
    if searched.positions is None:
        return _Found(task.hint, searched.lowest)
    return _Found(restored(task.instance, task.reduced, searched.positions), searched.lowest)


def _by_sections(task: _Task) -> _Found:
    """Search the items that matter, and where they are plain too all items: of the two, either can be the easier."""
    kept, instance, span = task.reduced.kept, task.instance, task.span
    solid = [item for item, size in enumerate(instance.sizes) if size]
    wide = len(kept) < len(solid) <= _MOST_ITEMS and all(is_plain(instance, item) for item in solid)
    unit = gcd(*(instance.sizes[item] for item in (solid if wide else kept)))
    core = _items(instance, kept, unit)
    starts: list[Start] = [partial(search, core, ranking=ranking) for ranking in RANKINGS]
    if wide:
        everything, of_core = _items(instance, solid, unit), np.searchsorted(solid, kept)
        starts = starts[:1] + [partial(_wide, everything, of_core, ranking) for ranking in RANKINGS]
    starts.append(partial(restarting, core, seed=task.seed))
    height = max(task.hint[item] + instance.sizes[item] for item in kept)
    units = Span(-(-span.lowest // unit), -(-height // unit), span.goal // unit)
    descent = descend(starts, core.sizes, units, task.deadline)
    lowest = max(span.lowest, descent.lowest * unit)
    if descent.positions is None:
        return _Found(task.hint, lowest)
    return _Found(restored(instance, task.reduced, [int(at) * unit for at in descent.positions]), lowest)


def _items(instance: Instance, chosen: Sequence[int], unit: int) -> Items:
    """Return items with their sizes in multiples of `unit`, which divides them."""
    return Items(
        np.array([instance.sizes[item] // unit for item in chosen], dtype=np.int64),
        np.array([instance.lives[item][0] for item in chosen], dtype=np.int64),
        np.array([instance.lives[item][1] for item in chosen], dtype=np.int64),
    )


def _wide(everything: Items, of_core: Vector, ranking: Ranking, limit: int) -> Search:
    """Search all items, but answer with those of the core."""
    answer = yield from search(everything, limit, ranking)
    return None if answer is None else answer[of_core]


PLANNER = Exact()
