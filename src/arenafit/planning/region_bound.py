"""What pieces in several memories cost at least: a Lagrangian bound, in integers, so that every machine finds the same.

A memory holds at any time at most its capacity. Each such limit gets a price per byte; with prices given, every piece
takes the memory where its own cost and the prices of the bytes it holds are least, and what that sums up to, less the
prices of all limits, is below the cost of every spread. Prices are raised where a limit is broken, step by step.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from arenafit.planning.regions import Ints, Part, Piece, RegionProblem

_FRACTION_BITS = 10  # prices are counted in 1/1024 of the unit of cost per byte
_MOST_CELLS = 2_000_000
_FORBIDDEN = 1 << 60
_HIGHEST_SUM = 1 << 60


@dataclass(frozen=True, slots=True)
class Bound:
    """The best bound, and what pieces gain by their cheapest memory less its prices, at several steps of the search."""

    cost: int
    gains: tuple[tuple[int, ...], ...]


def occupancy(problem: RegionProblem) -> tuple[Ints, Ints]:
    """Return the bytes each piece holds (row) at each time that is told apart (column), and these times.

    Times at which no more is held than at a neighbouring one are left out; in huge problems all but the fullest are.
    """
    times = np.array(
        sorted({live.first for piece in problem.pieces for part in piece.parts for live in part.lives}), dtype=np.int64
    )
    table = np.zeros((len(problem.pieces), len(times)), dtype=np.int64)
    for row, piece in enumerate(problem.pieces):
        _held(piece, times, table[row])
    most = max(1, _MOST_CELLS // max(1, len(problem.pieces)))
    if len(times) > most:
        kept = np.sort(np.argsort(-table.sum(axis=0), kind="stable")[:most])
        table, times = table[:, kept], times[kept]
    return table, times


def _held(piece: Piece, times: Ints, row: Ints) -> None:
    if len(piece.parts) == 1:
        part = piece.parts[0]
        for live in part.lives:
            row[np.searchsorted(times, live.first) : np.searchsorted(times, live.end)] = part.size_bytes
        return
    events = sorted({moment for part in piece.parts for live in part.lives for moment in (live.first, live.end)})
    for first, end in pairwise(events):
        alive = [part for part in piece.parts if any(live.first <= first < live.end for live in part.lives)]
        if alive:
            row[np.searchsorted(times, first) : np.searchsorted(times, end)] = _union(alive)


def _union(alive: list[Part]) -> int:
    ranges = sorted((part.offset_bytes, part.offset_bytes + part.size_bytes) for part in alive)
    total, reached = 0, ranges[0][0]
    for begin, end in ranges:
        total += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def _gains(problem: RegionProblem, priced: Ints) -> tuple[int, ...]:
    """Return how much each piece wants its cheapest memory instead of its dearest, at these prices."""
    rows = priced.tolist()
    return tuple(
        row[piece.memories[-1]] - row[piece.memories[0]] for piece, row in zip(problem.pieces, rows, strict=True)
    )


def lower_bound(problem: RegionProblem, reached_cost: int | None, steps: int = 200) -> Bound:
    """Return a bound on the cost of every spread; `reached_cost` is that of one known, which sets the steps' size."""
    held, _ = occupancy(problem)
    costs = np.array(
        [[_FORBIDDEN if cost is None else cost << _FRACTION_BITS for cost in piece.costs] for piece in problem.pieces],
        dtype=np.int64,
    ).reshape(len(problem.pieces), len(problem.capacities_bytes))
    # A memory that holds everything at once needs no price.
    tight = [
        index for index, room in enumerate(problem.capacities_bytes) if int(held.sum(axis=0).max(initial=0)) > room
    ]
    prices = {index: np.zeros(held.shape[1], dtype=np.int64) for index in tight}
    best, gains = 0, []
    goal = None if reached_cost is None else reached_cost << _FRACTION_BITS
    # Any prices give a bound; these keep sums within 64 bits.
    highest = _HIGHEST_SUM // max(1, int(held.max(initial=1)) * held.shape[1] * len(problem.capacities_bytes))
    scale = 2.0
    stale = 0
    for step in range(steps if tight else 1):
        priced = costs.copy()
        for index in tight:
            priced[:, index] += held @ prices[index]
        chosen = priced.argmin(axis=1)
        rent = sum(problem.capacities_bytes[index] * int(prices[index].sum()) for index in tight)
        value = int(priced[np.arange(len(chosen)), chosen].sum()) - rent
        if value > best:
            best, stale = value, 0
        else:
            stale += 1
        if step % 8 == 0:
            gains.append(_gains(problem, priced))
        if stale >= 10:
            scale, stale = scale / 2, 0
        slopes = {index: held[chosen == index].sum(axis=0) - problem.capacities_bytes[index] for index in tight}
        norm = sum(one * one for slope in slopes.values() for one in slope.tolist())
        aim = goal if goal is not None and goal > value else value + max(1, abs(value) // 20)
        if not norm or aim <= value:
            break
        for index, slope in slopes.items():
            pairs = zip(prices[index].tolist(), slope.tolist(), strict=True)
            moved = [price + int(scale * (aim - value)) * one // norm for price, one in pairs]
            prices[index] = np.array([min(max(0, price), highest) for price in moved], dtype=np.int64)
    return Bound(-(-best >> _FRACTION_BITS) if best > 0 else 0, tuple(gains))
