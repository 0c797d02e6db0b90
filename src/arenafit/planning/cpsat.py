"""Exact search for any instance, shares and fixed items included, by OR-Tools' CP-SAT (the extra "exact")."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from arenafit.planning.height_bisection import HeightSpan
from arenafit.planning.instance import Instance, is_plain
from arenafit.planning.work import STEPS_PER_SECOND, Work

_WORKERS = 2


@dataclass(frozen=True, slots=True)
class Searched:
    """The lowest positions found, if any below the height asked for, and the height that is proved to be needed."""

    positions: list[int] | None
    lowest: int


def available() -> bool:
    """Whether OR-Tools is installed."""
    return find_spec("ortools") is not None


def minimize(instance: Instance, hint: list[int], span: HeightSpan, work: Work) -> Searched:
    """Search positions below those of `hint`, down to `span.lowest` or the first within `span.goal` (0: the lowest).

    One boolean per permitted range of a pair's distances says in which of them the pair is. Deterministic: the
    workers take turns in a fixed order, and the solver counts its own work, not seconds.
    """
    from ortools.sat.python import cp_model  # noqa: PLC0415 - an extra, and slow to import

    lowest, goal = span.lowest, span.goal
    model = cp_model.CpModel()
    top = instance.height(hint) - 1
    limit = max(lowest, min(goal, top)) if goal else top
    if any(size > limit for size in instance.sizes):
        return Searched(None, limit + 1)
    at = [_position(model, instance, item, limit) for item in range(len(instance.sizes))]
    for item, rivals in enumerate(instance.rivals):
        for other, ranges in rivals.items():
            if item < other:
                _separate(model, at[item] - at[other], ranges, hint[item] - hint[other], limit)
    _flat(model, instance, at)
    if not goal:
        height = model.new_int_var(lowest, limit, "height")
        for position, size in zip(at, instance.sizes, strict=True):
            model.add(height >= position + size)
        model.minimize(height)
    for position, hinted in zip(at, hint, strict=True):
        model.add_hint(position, hinted)
    solver = cp_model.CpSolver()
    _limit(solver, work)
    solver.parameters.num_workers = _WORKERS
    solver.parameters.interleave_search = True
    status = solver.solve(model)
    work.spend(int(solver.response_proto.deterministic_time * STEPS_PER_SECOND))
    if status == cp_model.INFEASIBLE:
        return Searched(None, limit + 1)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return Searched(None, lowest)
    positions = [int(solver.value(position)) for position in at]
    proved = max(lowest, round(solver.best_objective_bound)) if not goal else lowest
    return Searched(positions, proved)


def _limit(solver: Any, work: Work) -> None:
    steps, seconds = work.left(), work.seconds_left()
    if steps is not None:
        solver.parameters.max_deterministic_time = steps / STEPS_PER_SECOND
    if seconds is not None:
        solver.parameters.max_time_in_seconds = seconds


def _position(model: Any, instance: Instance, item: int, limit: int) -> Any:
    fixed = instance.fixed[item]
    if fixed is not None:
        return model.new_int_var(fixed, fixed, f"at{item}")
    return model.new_int_var(0, limit - instance.sizes[item], f"at{item}")


def _separate(model: Any, distance: Any, ranges: tuple[tuple[int, int], ...], hinted: int, limit: int) -> None:
    """Keep `distance` out of every forbidden range."""
    edges = [-limit - 1, *(edge for low, high in ranges for edge in (low - 1, high + 1)), limit + 1]
    chosen = []
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        if low <= high:
            inside = model.new_bool_var("")
            model.add(distance >= low).only_enforce_if(inside)
            model.add(distance <= high).only_enforce_if(inside)
            model.add_hint(inside, low <= hinted <= high)
            chosen.append(inside)
    model.add_exactly_one(chosen)


def _flat(model: Any, instance: Instance, at: list[Any]) -> None:
    """Tell the solver once more, as rectangles, about items that may overlap with nothing in their time."""
    plain = [item for item in range(len(instance.sizes)) if is_plain(instance, item)]
    lives = [instance.lives[item] for item in plain]
    spans = [model.new_fixed_size_interval_var(first, end - first, "") for first, end in lives]
    blocks = [model.new_fixed_size_interval_var(at[item], instance.sizes[item], "") for item in plain]
    model.add_no_overlap_2d(spans, blocks)
