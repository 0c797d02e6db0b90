"""What pieces in several memories cost at least: a Lagrangian bound, in integers, so that every machine finds the same.

A memory holds at any time at most its capacity. Each such limit gets a price per byte; with prices given, every piece
takes the memory where its own cost and the prices of the bytes it holds are least, and what that sums up to, less the
prices of all limits, is below the cost of every spread. Prices are raised where a limit is broken, step by step.

Pieces go whole into a memory: of those larger than half of it only one fits at a time, and so on. Dual feasible
functions say such things by other sizes that must keep to the same limits (Fekete and Schepers, 2001).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from arenafit.planning.regions import Ints, Part, Piece, RegionProblem

_FRACTION_BITS = 10  # prices are counted in 1/1024 of the unit of cost per byte
_MOST_CELLS = 4_000_000
_FORBIDDEN = 1 << 60
_PATIENCE = 10  # steps without progress, after which they get half as long
_LOW = (3, 4, 6, 10)  # parts of a memory below which a size counts nothing
_HIGHEST_SUM = 1 << 60
_MOST_LARGE = 6  # sizes above half of a memory that get limits of their own


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
    tables = _tables(problem, held)
    costs = np.array(
        [_scaled_costs(problem, piece) for piece in problem.pieces],
        dtype=np.int64,
    ).reshape(len(problem.pieces), len(problem.capacities_bytes))
    prices = {index: np.zeros(table.shape[1], dtype=np.int64) for index, table in tables.items()}
    best, gains = 0, []
    goal = None if reached_cost is None else reached_cost << _FRACTION_BITS
    # Any prices give a bound; these keep sums within 64 bits.
    cells = max((int(table.max(initial=1)) * table.shape[1] for table in tables.values()), default=1)
    highest = _HIGHEST_SUM // max(1, cells * len(problem.capacities_bytes))
    scale = 2.0
    stale = 0
    for step in range(steps if tables else 1):
        priced = costs.copy()
        for index, table in tables.items():
            priced[:, index] += table @ prices[index]
        chosen = priced.argmin(axis=1)
        rent = sum(problem.capacities_bytes[index] * int(prices[index].sum()) for index in tables)
        value = int(priced[np.arange(len(chosen)), chosen].sum()) - rent
        if value > best:
            best, stale = value, 0
        else:
            stale += 1
        if step % 8 == 0:
            gains.append(_gains(problem, priced))
        if stale >= _PATIENCE:
            scale, stale = scale / 2, 0
        slopes = {
            index: table[chosen == index].sum(axis=0) - problem.capacities_bytes[index]
            for index, table in tables.items()
        }
        # A limit that is kept and has no price stays as it is.
        for index, slope in slopes.items():
            slope[(slope < 0) & (prices[index] == 0)] = 0
        norm = sum(one * one for slope in slopes.values() for one in slope.tolist())
        aim = goal if goal is not None and goal > value else value + max(1, abs(value) // 20)
        if not norm or aim <= value:
            break
        for index, slope in slopes.items():
            pairs = zip(prices[index].tolist(), slope.tolist(), strict=True)
            moved = [price + int(scale * (aim - value)) * one // norm for price, one in pairs]
            prices[index] = np.array([min(max(0, price), highest) for price in moved], dtype=np.int64)
    if best >= _FORBIDDEN:
        return Bound(0, tuple(gains))  # a piece fits nowhere
    return Bound(-(-best >> _FRACTION_BITS) if best > 0 else 0, tuple(gains))


def _scaled_costs(problem: RegionProblem, piece: Piece) -> list[int]:
    """Return what a piece costs in each memory, in the unit of prices; very much where it may not go, or never fits."""
    return [
        _FORBIDDEN if cost is None or piece.span_bytes > room else cost << _FRACTION_BITS
        for cost, room in zip(piece.costs, problem.capacities_bytes, strict=True)
    ]


def _tables(problem: RegionProblem, held: Ints) -> dict[int, Ints]:
    """Return for each memory that cannot hold everything the sizes that must keep to its capacity, limit by limit."""
    fullest = int(held.sum(axis=0).max(initial=0))
    found = {}
    for index, room in enumerate(problem.capacities_bytes):
        if fullest > room:
            kept = np.where(held > room, 0, held)  # what never fits is forbidden, and needs no price
            forms = [_steps(kept, room, count) for count in (1, 2, 3)] + [_ends(kept, room, low) for low in _LOW]
            large = np.unique(kept[2 * kept > room])[::-1][:_MOST_LARGE]
            forms += [_conflicts(kept, room, int(size)) for size in large]
            told = [form for form in forms if not bool((form <= kept).all())]
            fits = max(1, _MOST_CELLS // max(1, kept.size))
            found[index] = np.concatenate([kept, *told[: fits - 1]], axis=1)
    return found


def _steps(held: Ints, room: int, count: int) -> Ints:
    """Sizes in steps of room / count, as if more than room / (count + 1) were a whole step."""
    parts = (count + 1) * held
    return np.where(parts % max(1, room) == 0, held, room * (parts // max(1, room)) // count)


def _conflicts(held: Ints, room: int, large: int) -> Ints:
    """Sizes of which one of at least `large`, above half the room, leaves no room for any that does not fit beside it.

    Those share the room by how many of them fit together, or are there at all at that time.
    """
    beside = (held > room - large) & (held < large)
    smallest = np.where(beside, held, room + 1).min(axis=0, initial=room + 1)
    most = np.minimum(beside.sum(axis=0), room // np.maximum(1, smallest))
    share = room // np.maximum(1, most)
    return np.where(held >= large, room, np.where(beside, share[None, :], 0))


def _ends(held: Ints, room: int, low: int) -> Ints:
    """Sizes of which the smallest count nothing, and the largest, which leave room for nothing else, everything."""
    least = room // low
    return np.where(held > room - least, room, np.where(held < least, 0, held))
