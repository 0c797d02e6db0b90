"""The cheapest spread of pieces over several memories that is found: first that all fit, then least cost.

Pieces are put one after the other into the cheapest memory with room for them. What counts is the order: some fixed
ones, those that the bound's prices suggest, and then the best of them changed by letting pieces that came off badly
go first. Deterministic: nothing depends on time or chance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from arenafit.planning.region_bound import Bound, lower_bound, occupancy
from arenafit.planning.region_cpsat import cheapest
from arenafit.planning.region_economy import thrifty
from arenafit.planning.region_packing import lowered, packings
from arenafit.planning.regions import Filling, Piece, RegionPlan, RegionProblem

_ROUNDS = 24
_MOST_PUTS = 60_000  # pieces put somewhere, over all trials of a search
_MOST_REPACKS = 400


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """A spread, and what no spread costs less than. `spread` may leave pieces without a place."""

    spread: RegionPlan
    cost: int
    bound: int

    @property
    def gap(self) -> float:
        """How much more it costs than the bound, as a fraction of the bound."""
        return 0.0 if self.cost <= self.bound else (self.cost / self.bound - 1 if self.bound else float("inf"))


def search(problem: RegionProblem, *, quick: bool = False, given_up: float = 0.0, exact: bool = False) -> FoundPlan:
    """Return the best spread found, and the bound.

    Args:
        problem: pieces and memories.
        quick: try the fixed orders only, and bound nothing.
        given_up: the part of what could be saved at most, against everything in its dearest memory, that may be given
            up for a spread that takes fewer bytes of all memories together.
        exact: go on from what is found by CP-SAT (the extra "exact"), which may prove it, too.

    Raises:
        RuntimeUnavailableError: if `exact` and OR-Tools is not installed.
    """
    if not problem.pieces:
        return FoundPlan(RegionPlan(()), 0, 0)
    trial = _Trial(problem)
    for order in _fixed_orders(problem):
        trial.run(order)
    if quick:
        return FoundPlan(trial.best, trial.best_rank[1], 0)
    reached = None if trial.best_rank[0] else trial.best_rank[1]
    bound = lower_bound(problem, reached)
    if trial.best_rank != (0, bound.cost):
        for order in _suggested(problem, bound):
            trial.run(order)
        trial.improve(bound.cost)
    best = lowered(problem, trial.best)
    lowest = bound.cost
    if exact:
        proved = cheapest(problem, best, lowest)
        best, lowest = lowered(problem, proved.spread), proved.bound
    if not best.unplaced_bytes(problem):
        best = thrifty(problem, best, lowest, given_up)
    return FoundPlan(best, best.cost(problem), lowest)


def _fixed_orders(problem: RegionProblem) -> Iterator[list[int]]:
    pieces = problem.pieces
    keys = range(len(pieces))
    durations = [sum(live.end - live.first for part in piece.parts for live in part.lives) for piece in pieces]
    yield sorted(keys, key=lambda key: (-(pieces[key].regret / max(1, pieces[key].span_bytes)), key))
    yield sorted(keys, key=lambda key: (-(pieces[key].regret / max(1, pieces[key].span_bytes * durations[key])), key))
    yield sorted(keys, key=lambda key: (-pieces[key].regret, key))
    yield sorted(keys, key=lambda key: (-pieces[key].span_bytes, -pieces[key].regret, key))


def _suggested(problem: RegionProblem, bound: Bound) -> Iterator[list[int]]:
    keys = range(len(problem.pieces))
    sizes = [max(1, piece.span_bytes) for piece in problem.pieces]
    for gains in dict.fromkeys(bound.gains[-12:]):
        yield sorted(keys, key=lambda key, gains=gains: (-(gains[key] / sizes[key]), key))  # type: ignore[misc]
        # What wants in goes in by size, which packs better.
        yield sorted(
            keys,
            key=lambda key, gains=gains: (gains[key] <= 0, -sizes[key], -gains[key], key),  # type: ignore[misc]
        )


class _Trial:
    """Orders tried on one problem, and the best spread that came of them."""

    def __init__(self, problem: RegionProblem) -> None:
        self.problem = problem
        self.best = RegionPlan((None,) * len(problem.pieces))
        self.best_rank: tuple[int, int] = self._rank(self.best)
        self.best_order: list[int] = list(range(len(problem.pieces)))
        self.puts = 0
        self.repacks = 0
        self._held, _ = occupancy(problem)

    def _rank(self, spread: RegionPlan) -> tuple[int, int]:
        return spread.unplaced_bytes(self.problem), spread.cost(self.problem)

    def run(self, order: Sequence[int], *, repack: bool = False) -> RegionPlan:
        """Put the pieces in this order; keep the spread if it is the best."""
        problem = self.problem
        banks = [Filling(room, problem.alignment_bytes) for room in problem.capacities_bytes]
        for key in order:
            piece = problem.pieces[key]
            self.puts += 1
            for memory in piece.memories:
                if banks[memory].put(key, piece):
                    break
                packed = self._repacked(banks[memory], memory, key) if repack else None
                if packed is not None:
                    banks[memory] = packed
                    break
        places: list[tuple[int, int] | None] = [None] * len(problem.pieces)
        for memory, bank in enumerate(banks):
            for key, shift in bank.shifts.items():
                places[key] = (memory, shift)
        spread = RegionPlan(tuple(places))
        rank = self._rank(spread)
        if rank < self.best_rank:
            self.best, self.best_rank, self.best_order = spread, rank, list(order)
        return spread

    def _repacked(self, bank: Filling, memory: int, key: int) -> Filling | None:
        """Return the memory packed anew with one piece more, where that is possible."""
        if self.repacks >= _MOST_REPACKS:
            return None
        keys = [*bank.shifts, key]
        if int(self._held[keys].sum(axis=0).max(initial=0)) > bank.capacity_bytes:
            return None
        self.repacks += 1
        self.puts += len(keys)
        return next(packings(self.problem, memory, keys, self._held), None)

    def improve(self, goal: int) -> None:
        """Repack, then let what lies in a memory dearer than it could go first, and take the best of it on."""
        self.run(self.best_order, repack=True)
        order = list(self.best_order)
        urgency = [0] * len(order)
        for _ in range(_ROUNDS):
            if self.best_rank == (0, goal) or self.puts > _MOST_PUTS:
                return
            spread = self.run(order, repack=True)
            for key, place in enumerate(spread.places):
                if place is None or place[0] != self.problem.pieces[key].memories[0]:
                    urgency[key] += 1
            ranks = {key: position for position, key in enumerate(self.best_order)}
            order.sort(key=lambda key: (ranks[key] - urgency[key] * max(1, len(ranks) // 8), ranks[key]))


def largest(problem: RegionProblem, spread: RegionPlan) -> tuple[int, Piece] | None:
    """Return the largest piece without a place, and its number; None if all have one."""
    left = [key for key, place in enumerate(spread.places) if place is None]
    key = max(left, key=lambda key: (problem.pieces[key].span_bytes, -key), default=None)
    return None if key is None else (key, problem.pieces[key])
