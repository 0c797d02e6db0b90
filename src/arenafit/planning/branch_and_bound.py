"""Exact search for plain items: bottom up through memory, by sections of time, after MiniMalloc.

The method is that of Moffitt, "MiniMalloc: A Lightweight Memory Allocator for Hardware-Accelerated Machine Learning"
(ASPLOS 2023): only canonical solutions (every item as low as those below it let it, placed in the order of offsets), a
bound per section of time (floor + what is still to come), no gap that an item could fill, and independent search of
parts of time that no unplaced item joins. The states here are numpy vectors, copied at every step down.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.int64]

_PLACED = np.iinfo(np.int64).max // 4  # stands for the lowest position of an item that is no longer to be placed
_TRIALS_PER_TURN = 100
_TURNS_BEFORE_RESTART = 25


@dataclass(frozen=True, slots=True)
class Items:
    """Items with a size and half-open steps; positions and heights are in the same unit as the sizes."""

    sizes: Vector
    firsts: Vector
    ends: Vector

    def __len__(self) -> int:
        return len(self.sizes)

    def some(self, chosen: Sequence[int] | Vector) -> "Items":
        """Return the items at the indices `chosen`."""
        return Items(self.sizes[chosen], self.firsts[chosen], self.ends[chosen])


# Positions by item, or None: no placement keeps to the limit, proved.
Answer = Vector | None
# A search takes turns with others: it yields after every few hundred trials and at last returns its answer.
Search = Generator[None, None, Answer]
# From the items, and for each the most that is still to come in a section it lives in, their ranks.
Ranking = Callable[[Items, Vector], Vector]


def search(items: Items, limit: int, ranking: Ranking) -> Search:
    """Search for positions of `items` with no end above `limit`; deterministic.

    The search goes as deep as the items are many: with more than a few hundred it meets Python's recursion limit.
    """
    return _split(items, np.zeros(len(items), dtype=np.int64), limit, ranking)


def by_total_width_area(items: Items, to_come: Vector) -> Vector:
    """Rank items by the fullest section they live in, then the longest life, then the largest area."""
    return _ranks(-to_come, items.firsts - items.ends, (items.firsts - items.ends) * items.sizes)


def by_total_area_width(items: Items, to_come: Vector) -> Vector:
    """Rank items by the fullest section they live in, then the largest area, then the longest life."""
    return _ranks(-to_come, (items.firsts - items.ends) * items.sizes, items.firsts - items.ends)


def by_width_area_total(items: Items, to_come: Vector) -> Vector:
    """Rank items by the longest life, then the largest area, then the fullest section they live in."""
    return _ranks(items.firsts - items.ends, (items.firsts - items.ends) * items.sizes, -to_come)


def restarting(items: Items, limit: int, seed: int) -> Search:
    """Search as `search` does, by rankings with noise, from anew after more and more turns; deterministic for a seed.

    Such searches either end soon or not for very long, so that many short ones beat a long one.
    """
    attempt = 0
    while True:
        base = (by_total_area_width, by_total_width_area)[attempt % 2]
        running = search(items, limit, _noisy(base, np.random.default_rng((seed, attempt))))
        attempt += 1
        for _ in range(_TURNS_BEFORE_RESTART * _luby(attempt)):
            try:
                yield next(running)
            except StopIteration as ended:
                answer: Answer = ended.value
                return answer


def _luby(index: int) -> int:
    """Return the term of 1, 1, 2, 1, 1, 2, 4, … (Luby, Sinclair and Zuckerman) at `index`, counted from 1."""
    power = index.bit_length()
    return 1 << (power - 1) if index == (1 << power) - 1 else _luby(index - (1 << (power - 1)) + 1)


def _noisy(ranking: Ranking, rng: np.random.Generator) -> Ranking:
    """Return `ranking` as it would be if lives were up to 30 % shorter or longer."""

    def ranked(items: Items, to_come: Vector) -> Vector:
        lives = 1000 * (items.ends - items.firsts) * rng.uniform(0.7, 1.3, len(items))
        stretched = Items(items.sizes, items.firsts, items.firsts + lives.astype(np.int64))
        return ranking(stretched, to_come)

    return ranked


RANKINGS: tuple[Ranking, ...] = (by_total_width_area, by_total_area_width, by_width_area_total)


def _ranks(*keys: Vector) -> Vector:
    ranks = np.empty(len(keys[0]), dtype=np.int64)
    ranks[np.lexsort(keys[::-1])] = np.arange(len(ranks))
    return ranks


def _split(items: Items, lowest: Vector, limit: int, ranking: Ranking) -> Search:
    """Search each part of time that no item joins to another; `lowest` are the positions no item can be below."""
    positions = np.zeros(len(items), dtype=np.int64)
    for part in _independent(items):
        inner = items.some(part)
        order = part[np.argsort(ranking(inner, _most_to_come(inner)), kind="stable")]
        node = _Part(items.some(order), limit, ranking)
        answer = None if node.hopeless(lowest[order]) else (yield from node.below(lowest[order], node.to_come, 0, 0))
        if answer is None:
            return None
        positions[order] = answer
    return positions


def _independent(items: Items) -> Iterator[Vector]:
    """Yield the indices of items in groups between which no time is shared."""
    order, cuts = _cuts(items)
    yield from (part for part in np.split(order, cuts) if len(part))


def _falls_apart(items: Items) -> bool:
    return len(_cuts(items)[1]) > 0


def _cuts(items: Items) -> tuple[Vector, Vector]:
    """Return the order of time and the indices in it before which no item lives on."""
    order = np.argsort(items.firsts, kind="stable")
    ends = np.maximum.accumulate(items.ends[order])
    return order, np.flatnonzero(items.firsts[order][1:] >= ends[:-1]) + 1


def _sections(items: Items) -> tuple[Vector, Vector]:
    """Return for each item its half-open range of sections: steps between two ends, in which all live together."""
    bounds = np.unique(np.append(items.ends, items.firsts.min()))
    begin = np.searchsorted(bounds, items.firsts, side="right") - 1
    return begin, np.searchsorted(bounds, items.ends, side="left")


def _totals(items: Items, begin: Vector, end: Vector) -> Vector:
    """Return the sum of sizes in each section."""
    change = np.zeros(int(end.max()) + 1, dtype=np.int64)
    np.add.at(change, begin, items.sizes)
    np.subtract.at(change, end, items.sizes)
    return np.cumsum(change)[:-1]


def _most_to_come(items: Items) -> Vector:
    """Return for each item the largest total of the sections it lives in."""
    begin, end = _sections(items)
    totals = _totals(items, begin, end)
    return np.array([totals[low:high].max() for low, high in zip(begin, end, strict=True)], dtype=np.int64)


class _Part:
    """The search among items that are joined in time, in the order of their rank."""

    def __init__(self, items: Items, limit: int, ranking: Ranking) -> None:
        self.items, self.limit, self.ranking = items, limit, ranking
        self.begin, self.end = _sections(items)
        self.to_come = _totals(items, self.begin, self.end)
        live = (items.firsts[:, None] < items.ends[None, :]) & (items.firsts[None, :] < items.ends[:, None])
        np.fill_diagonal(live, val=False)
        self.rivals = [np.flatnonzero(row) for row in live]
        sections = np.arange(len(self.to_come))[:, None]
        inside = (self.begin <= sections) & (sections < self.end)
        self.members = np.nonzero(inside)[1]
        self.starts = np.concatenate(([0], np.cumsum(inside.sum(axis=1))[:-1]))
        self.trials = 0

    def hopeless(self, lowest: Vector) -> bool:
        """Whether some section cannot keep to the limit whatever is tried."""
        return bool((self._floors(lowest) + self.to_come > self.limit).any())

    def below(self, lowest: Vector, to_come: Vector, floor: int, rank: int) -> Search:
        """Place what `lowest` does not mark as placed; canonically not before (`floor`, `rank`)."""
        reach = int((lowest + self.items.sizes).min())
        if reach >= _PLACED:
            return np.zeros(len(lowest), dtype=np.int64)
        # Positions only grow from here on, so the fullest section says where the next item must be at the latest.
        reach = min(reach, self.limit - int(to_come.max()) + 1)
        for at, item in self._candidates(lowest, reach, floor, rank):
            self.trials += 1
            if self.trials % _TRIALS_PER_TURN == 0:
                yield
            child = self._placed(lowest, to_come, item, at)
            if child is None:
                continue
            answer = yield from self._descend(*child, item, at)
            if answer is not None:
                answer[item] = at
                return answer
            if bool((lowest[self.rivals[item]] == _PLACED).all()):
                return None  # nothing lies above the item: another place for it changes nothing
        return None

    def _floors(self, lowest: Vector) -> Vector:
        """Return for each section the lowest position at which anything can still go."""
        floors: Vector = np.minimum.reduceat(lowest[self.members], self.starts)
        return floors

    def _candidates(self, lowest: Vector, reach: int, floor: int, rank: int) -> list[tuple[int, int]]:
        """Return (position, item), lowest first; above `reach` another item would fit into the gap left below."""
        near = np.flatnonzero((lowest < reach) & (lowest >= floor)).tolist()
        return sorted((at, item) for item in near if (at := int(lowest[item])) > floor or item >= rank)

    def _placed(self, lowest: Vector, to_come: Vector, item: int, at: int) -> tuple[Vector, Vector] | None:
        """Return the state with `item` at `at`, None where some section then cannot keep to the limit."""
        begin, end = self.begin[item], self.end[item]
        lowest, to_come = lowest.copy(), to_come.copy()
        rivals = self.rivals[item]
        lowest[item] = _PLACED
        lowest[rivals] = np.maximum(lowest[rivals], at + self.items.sizes[item])
        to_come[begin:end] -= self.items.sizes[item]
        needed = np.maximum(self._floors(lowest), at) + to_come
        if bool((needed[to_come > 0] > self.limit).any()):
            return None
        return lowest, to_come

    def _descend(self, lowest: Vector, to_come: Vector, item: int, at: int) -> Search:
        left = np.flatnonzero(lowest < _PLACED)
        rest = self.items.some(left)
        if len(left) < 2 or not _falls_apart(rest):
            return (yield from self.below(lowest, to_come, at, item))
        answer = yield from _split(rest, lowest[left], self.limit, self.ranking)
        if answer is None:
            return None
        positions = np.zeros(len(lowest), dtype=np.int64)
        positions[left] = answer
        return positions
