"""The one entry to planning: the lowest plan the allowed effort finds, validated, with its lower bound."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Literal, cast

from arenafit.errors import BudgetError, PlanError
from arenafit.planning.bounds import lower_bound_bytes
from arenafit.planning.certificate import ProvingPlanner
from arenafit.planning.problem import BufferId, Infeasible, Plan, Planner, Problem, TimedOut
from arenafit.planning.validate import validate
from arenafit.planning.work import Work
from arenafit.registry import discover
from arenafit.units import format_size

Effort = Literal["fast", "default", "exact"]

_ORDERS = ("by-size", "by-breadth", "by-area", "by-conflict", "by-lifetime", "by-start")
# The planners each effort asks, in this order; those of third parties are asked last, unless the effort is "fast".
_ASKED: dict[Effort, tuple[str, ...]] = {
    "fast": ("tflm-greedy", *_ORDERS),
    "default": ("tflm-greedy", "portfolio"),
    "exact": ("tflm-greedy", "portfolio", "exact"),
}
_OURS = frozenset({"tflm-linear", "exact", *_ASKED["fast"], *_ASKED["default"]})
_STEPS: dict[Effort, int] = {"fast": 1_000_000, "default": 1_000_000, "exact": 60_000_000}


@dataclass(frozen=True, slots=True)
class Solution:
    """A valid plan, who made it, and how far from the optimum it can be at most."""

    plan: Plan
    planner: str
    lower_bound_bytes: int

    @property
    def optimal(self) -> bool:
        """Whether the plan is proved to be the lowest: it meets the bound."""
        return self.plan.height_bytes <= self.lower_bound_bytes

    @property
    def gap(self) -> float:
        """How much higher than the bound the plan is, as a fraction of the bound; 0.0 where it is optimal."""
        return 0.0 if self.optimal else self.plan.height_bytes / self.lower_bound_bytes - 1


def solve(problem: Problem, *, effort: Effort = "default", work: Work | None = None, seed: int = 0) -> Solution:
    """Return the lowest plan found for `problem`, never one higher than TFLM's greedy planner would make.

    Planners are asked one after another until a plan meets the lower bound or the work allowed (None: as the effort
    says) is done. The result depends on nothing else.

    Raises:
        PlanError: if the problem is malformed, or fixed buffers collide.
        BudgetError: if the problem has a capacity and no plan found keeps to it.
    """
    allowed = Work(_STEPS[effort]) if work is None else work
    _check(problem)
    best: Solution | None = None
    for planner in _planners(effort, seed):
        best = _improved(problem, planner, best, allowed)
        if best is not None and (best.optimal or _suffices(problem, best, effort)):
            break
    if best is None:
        raise PlanError("no planner found a plan")
    if problem.capacity_bytes is not None and best.plan.height_bytes > problem.capacity_bytes:
        raise BudgetError(_too_high(best, problem.capacity_bytes))
    return best


def planners() -> list[Planner]:
    """Return every planner: those of this package, in the order of their files, then those of third parties."""
    return discover("arenafit.planning.planners", "PLANNER", _accept, group="arenafit.planners")


def _accept(found: object) -> Planner:
    if not isinstance(found, Planner):
        raise TypeError(f"{found!r} is no planner: it needs a name and a method plan(problem, *, work)")
    return found


def _planners(effort: Effort, seed: int) -> list[Planner]:
    by_name = {planner.name: planner for planner in planners()}
    strangers = [planner for name, planner in by_name.items() if name not in _OURS and effort != "fast"]
    ours = [by_name[name] for name in _ASKED[effort] if name in by_name]
    return [_seeded(planner, seed) for planner in [*ours, *strangers]]


def _seeded(planner: Planner, seed: int) -> Planner:
    if is_dataclass(planner) and any(field.name == "seed" for field in fields(planner)):
        return cast("Planner", replace(planner, seed=seed))
    return planner


def _check(problem: Problem) -> None:
    """Refuse what no planner can take.

    Raises:
        PlanError: if an id comes twice, a share names no buffer, or a size, offset or the alignment is impossible.
    """
    if problem.alignment_bytes < 1:
        raise PlanError(f"the alignment is {problem.alignment_bytes}: it must be at least 1")
    if len(problem.by_id) != len(problem.buffers):
        raise PlanError("the problem lists a buffer id twice")
    for buffer in problem.buffers:
        if buffer.size_bytes < 0 or (buffer.fixed_offset_bytes or 0) < 0:
            raise PlanError(f"buffer {buffer.id} has a negative size or offset")
    _check_shares(problem, (key for share in problem.shares for key in (share.first, share.second)))


def _check_shares(problem: Problem, named: Iterable[BufferId]) -> None:
    unknown = sorted(key for key in named if key not in problem.by_id)
    if unknown:
        raise PlanError(f"shares name buffers {unknown} that the problem has not")


def _improved(problem: Problem, planner: Planner, best: Solution | None, work: Work) -> Solution | None:
    """Return `best`, or the solution of `planner` where that is valid and lower, or proves more."""
    if best is not None and isinstance(planner, ProvingPlanner):
        proof = planner.prove(problem, best.plan, work=work)
        name = best.planner if proof.plan.height_bytes == best.plan.height_bytes else planner.name
        return _better(problem, best, Solution(proof.plan, name, max(best.lower_bound_bytes, proof.lower_bound_bytes)))
    # The capacity is judged at the end: a heuristic's lowest plan is worth having even above it.
    outcome = planner.plan(replace(problem, capacity_bytes=None), work=work)
    if isinstance(outcome, Infeasible):
        raise PlanError(outcome.reason)
    plan = outcome.best if isinstance(outcome, TimedOut) else outcome
    bound = lower_bound_bytes(problem) if best is None else best.lower_bound_bytes
    return best if plan is None else _better(problem, best, Solution(plan, planner.name, bound))


def _better(problem: Problem, best: Solution | None, other: Solution) -> Solution | None:
    if best is not None and _rank(other) >= _rank(best):
        return best
    try:
        validate(replace(problem, capacity_bytes=None), other.plan)
    except PlanError:
        # TFLM's greedy planner puts buffers at unaligned offsets around a fixed one that is not aligned.
        return best
    return other


def _rank(solution: Solution) -> tuple[int, int]:
    return solution.plan.height_bytes, -solution.lower_bound_bytes


def _suffices(problem: Problem, best: Solution, effort: Effort) -> bool:
    """Whether an exact search need not begin, as only a capacity was asked for and it is kept."""
    capacity = problem.capacity_bytes
    return effort == "exact" and capacity is not None and best.plan.height_bytes <= capacity


def _too_high(best: Solution, capacity_bytes: int) -> str:
    found, bound = format_size(best.plan.height_bytes), format_size(best.lower_bound_bytes)
    verdict = "no plan fits" if best.lower_bound_bytes > capacity_bytes else "a lower plan may exist"
    return (
        f"the lowest plan found takes {found} bytes, the capacity is {format_size(capacity_bytes)}, "
        f"and no plan is below {bound}: {verdict}"
    )
