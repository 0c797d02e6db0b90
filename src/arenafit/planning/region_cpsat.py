"""Exact search over several memories, by OR-Tools' CP-SAT (the extra "exact").

First the least cost, then, of what costs no more than is allowed, the fewest bytes of all memories together. The solver
counts its own work, not seconds, and its workers take turns in a fixed order, so that every machine finds the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from arenafit.errors import RuntimeUnavailableError
from arenafit.planning.cpsat import available
from arenafit.planning.regions import Piece, RegionPlan, RegionProblem, check

_WORKERS = 2
_EFFORT = 20.0  # of the solver's own deterministic seconds, for each of the two searches


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Bytes [begin, end) of a piece, from its own 0, that it holds during [first, last)."""

    begin: int
    end: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Exact:
    """A spread, and what no spread costs less than."""

    spread: RegionPlan
    bound: int


def demand_solver() -> None:
    """Raise what says how to install the solver, if it is not there.

    Raises:
        RuntimeUnavailableError: if OR-Tools is not installed.
    """
    if not available():
        raise RuntimeUnavailableError("an exact plan over memories needs OR-Tools: pip install 'arenafit[exact]'")


def cheapest(problem: RegionProblem, start: RegionPlan, bound: int) -> Exact:
    """Return the cheapest spread found, `start` if none is cheaper, and the bound; `bound` is one that is known."""
    demand_solver()
    model = _Model(problem, start)
    model.solver_model.add(model.cost >= bound)
    model.solver_model.minimize(model.cost)
    spread, lowest = model.solve()
    return Exact(spread, max(bound, lowest))


def lowest(problem: RegionProblem, start: RegionPlan, most_cost: int) -> RegionPlan:
    """Return the spread that takes the fewest bytes of all memories together, among those found at `most_cost`."""
    model = _Model(problem, start)
    model.solver_model.add(model.cost <= most_cost)
    model.solver_model.minimize(sum(model.tops()))
    return model.solve()[0]


def rectangles(piece: Piece) -> Iterator[Rectangle]:
    """Yield what a piece holds as rectangles that do not overlap, whatever its parts do."""
    lives = [(part, live) for part in piece.parts for live in part.lives]
    events = sorted({moment for _, live in lives for moment in (live.first, live.end)})
    running: dict[tuple[int, int], int] = {}  # bytes, and since when they are held
    for first, end in pairwise(events):
        alive = [part for part, live in lives if live.first <= first < live.end]
        held = set(_united(sorted((part.offset_bytes, part.offset_bytes + part.size_bytes) for part in alive)))
        for span in [span for span in running if span not in held]:
            yield Rectangle(*span, running.pop(span), first)
        running |= {span: first for span in held if span not in running}
        last = end
    for span, first in running.items():
        yield Rectangle(*span, first, last)


def _united(ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for begin, end in ranges:
        if begin == end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    yield from found


class _Model:
    """The problem as constraints: each piece in one memory, at a multiple of the alignment, meeting no other there."""

    def __init__(self, problem: RegionProblem, start: RegionPlan) -> None:
        from ortools.sat.python import cp_model  # noqa: PLC0415 - an extra, and slow to import

        self.problem = problem
        self.start = start
        self.cp = cp_model
        self.solver_model: Any = cp_model.CpModel()
        self.inside: list[dict[int, Any]] = []  # for each piece: whether it lies in a memory
        self.steps: list[Any] = []  # for each piece: its shift in steps of the alignment
        self.cost: Any = 0
        blocks: list[list[tuple[Any, Any]]] = [[] for _ in problem.capacities_bytes]
        for key, piece in enumerate(problem.pieces):
            self._piece(key, piece, blocks)
        for pairs in blocks:
            self.solver_model.add_no_overlap_2d([time for time, _ in pairs], [space for _, space in pairs])

    def _piece(self, key: int, piece: Piece, blocks: list[list[tuple[Any, Any]]]) -> None:
        model, unit = self.solver_model, self.problem.alignment_bytes
        rooms = self.problem.capacities_bytes
        allowed = [memory for memory in piece.memories if piece.span_bytes <= rooms[memory]]
        most = max((rooms[memory] - piece.span_bytes for memory in allowed), default=0) // unit
        step = model.new_int_var(0, most, f"at{key}")
        inside = {memory: model.new_bool_var(f"in{key}_{memory}") for memory in allowed}
        model.add_exactly_one(inside.values())
        place = self.start.places[key]
        if place is not None:
            model.add_hint(step, place[1] // unit)
        held = list(rectangles(piece))
        for memory, chosen in inside.items():
            self.cost += (piece.costs[memory] or 0) * chosen
            model.add(step <= (rooms[memory] - piece.span_bytes) // unit).only_enforce_if(chosen)
            if place is not None:
                model.add_hint(chosen, place[0] == memory)
            for one in held:
                time = model.new_optional_fixed_size_interval_var(one.first, one.last - one.first, chosen, "")
                size = one.end - one.begin
                space = model.new_optional_fixed_size_interval_var(unit * step + one.begin, size, chosen, "")
                blocks[memory].append((time, space))
        self.inside.append(inside)
        self.steps.append(step)

    def tops(self) -> list[Any]:
        """Return a variable for each memory that is no lower than what is filled of it."""
        tops = [self.solver_model.new_int_var(0, room, "") for room in self.problem.capacities_bytes]
        for piece, inside, step in zip(self.problem.pieces, self.inside, self.steps, strict=True):
            for memory, chosen in inside.items():
                end = self.problem.alignment_bytes * step + piece.span_bytes
                self.solver_model.add(tops[memory] >= end).only_enforce_if(chosen)
        for top, hinted in zip(tops, self.start.tops_bytes(self.problem), strict=True):
            self.solver_model.add_hint(top, hinted)
        return tops

    def solve(self) -> tuple[RegionPlan, int]:
        """Return the best spread found, `start` if there is none, and what the goal is proved to be no lower than."""
        solver = self.cp.CpSolver()
        solver.parameters.max_deterministic_time = _EFFORT
        solver.parameters.num_workers = _WORKERS
        solver.parameters.interleave_search = True
        status = solver.solve(self.solver_model)
        if status not in {self.cp.OPTIMAL, self.cp.FEASIBLE}:
            return self.start, 0
        unit = self.problem.alignment_bytes
        places = tuple(
            (next(memory for memory, chosen in inside.items() if solver.value(chosen)), unit * int(solver.value(step)))
            for inside, step in zip(self.inside, self.steps, strict=True)
        )
        spread = RegionPlan(places)
        if check(self.problem, spread) is not None:
            return self.start, 0
        return spread, round(solver.best_objective_bound)
