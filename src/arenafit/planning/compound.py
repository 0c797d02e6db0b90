"""Placement of compounds: groups of blocks at fixed distances from each other, each block with a lifetime of its own.

A line buffer, the rows in front of it and the views into it move together; a plain buffer is a compound of one block.
Offsets of compounds are multiples of the alignment. Deterministic for a seed.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from arenafit.planning.work import Work
from arenafit.units import align_up

# So few compounds are placed in every order there is.
_ALL_ORDERS = 4
# Shares of the lowest height by which a search may climb above it, one after another.
_CLIMBS = (0.05, 0.15)
_STARTS = 3


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes [low, high) of a compound, needed over steps [first, end)."""

    low_bytes: int
    high_bytes: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Compound:
    """Blocks that move together."""

    blocks: tuple[Block, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes from the compound's start to its last block's end."""
        return max(block.high_bytes for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Permission for two compounds: offset(second) - offset(first) may also lie in [lowest, highest] (None: any).

    With `spans` it holds only between blocks of these bytes (of the first, of the second compound), and with `until`
    only where the first's block ends by that step.
    """

    first: int
    second: int
    lowest_bytes: int | None
    highest_bytes: int | None
    spans: tuple[tuple[int, int], tuple[int, int]] | None = None
    until: int | None = None

    def covers(self, one: Block, two: Block) -> bool:
        """Whether the permission holds between a block of the first and one of the second compound."""
        if self.spans is not None and self.spans != (
            (one.low_bytes, one.high_bytes),
            (two.low_bytes, two.high_bytes),
        ):
            return False
        return self.until is None or one.end <= self.until


@dataclass(frozen=True, slots=True)
class Placement:
    """Offsets by position of the compound, the height they reach, and the live-set bound on any height."""

    offsets_bytes: tuple[int, ...]
    height_bytes: int
    bound_bytes: int


_Ranges = tuple[tuple[int, int], ...]


def place(
    compounds: Sequence[Compound],
    overlaps: Sequence[Overlap] = (),
    *,
    alignment_bytes: int = 16,
    rounds: int = 60,
    work: Work | None = None,
    seed: int = 0,
) -> Placement:
    """Return offsets for `compounds`, as low as first fit over several orders and improving them gets them.

    From each of the lowest starts `rounds` tries only ever go down; as many again start from the best of them and may
    also climb, by less and less.
    """
    if not compounds:
        return Placement((), 0, 0)
    search = _Search(compounds, overlaps, alignment_bytes)
    allowed, chance = work or Work(), random.Random(seed)  # noqa: S311 - reproducible, no secret
    walks = [_Walk(search, order, offsets, allowed, chance) for order, offsets in search.starts()[:_STARTS]]
    for walk in walks:
        walk.go(rounds, 0.0)
    lowest = min(walks, key=lambda walk: walk.reached)
    for highest in _CLIMBS:
        lowest.go(rounds // len(_CLIMBS), highest)
    return Placement(tuple(lowest.best), lowest.reached, search.bound_bytes)


class _Walk:
    """A walk from order to order, that remembers the lowest placement it came by."""

    def __init__(
        self, search: "_Search", order: list[int], offsets: list[int], work: Work, chance: random.Random
    ) -> None:
        self._search = search
        self._work = work
        self._chance = chance
        self._bound = search.bound_bytes
        self._best_order = order
        self.best, self.reached = offsets, search.height(offsets)

    def go(self, rounds: int, highest: float) -> None:
        """Walk on from the best, up to a share `highest` above it at first, only down in the end."""
        search, chance = self._search, self._chance
        order, offsets, height = self._best_order, self.best, self.reached
        for done in range(rounds):
            if self.reached <= self._bound or not self._work.spend(search.work):
                return
            climb = highest * (rounds - done) / rounds
            tried = search.promote(order, offsets, height, chance)
            found = search.decode(tried, int(self.reached * (1 + climb)))
            if found is None:
                continue
            now = search.height(found)
            if now <= max(height, self.reached * (1 + climb * chance.random())):
                order, offsets, height = tried, found, now
            if now < self.reached or (now == self.reached and not highest):
                self._best_order, self.best, self.reached = tried, found, now


class _Search:
    def __init__(self, compounds: Sequence[Compound], overlaps: Sequence[Overlap], alignment_bytes: int) -> None:
        self._compounds = compounds
        self._alignment = alignment_bytes
        self._sizes = [align_up(compound.size_bytes, alignment_bytes) for compound in compounds]
        self._overlaps = overlaps
        self._allowed = {(overlap.first, overlap.second): overlap for overlap in overlaps}
        self._conflicts: list[dict[int, _Ranges]] = [{} for _ in compounds]
        for later in range(len(compounds)):
            for earlier in range(later):
                self._relate(earlier, later)

    @cached_property
    def work(self) -> int:
        """How many steps one placement of all compounds counts for."""
        return len(self._compounds) + sum(len(rivals) for rivals in self._conflicts) // 2

    def _relate(self, first: int, second: int) -> None:
        ranges = _merged([*self._pairs(first, second)])
        if ranges:
            self._conflicts[second][first] = ranges
            self._conflicts[first][second] = tuple(sorted((-high, -low) for low, high in ranges))

    def _pairs(self, first: int, second: int) -> Iterator[tuple[int, int]]:
        """Open intervals of offset(second) - offset(first) at which blocks that live together would overlap."""
        ahead, back = self._allowed.get((first, second)), self._allowed.get((second, first))
        for one in self._compounds[first].blocks:
            for two in self._compounds[second].blocks:
                if one.first >= two.end or two.first >= one.end:
                    continue
                ranges: _Ranges = ((one.low_bytes - two.high_bytes, one.high_bytes - two.low_bytes),)
                ranges = self._permit(ranges, ahead if ahead is not None and ahead.covers(one, two) else None, 1)
                ranges = self._permit(ranges, back if back is not None and back.covers(two, one) else None, -1)
                yield from ranges

    @staticmethod
    def _permit(ranges: _Ranges, allowed: Overlap | None, sign: int) -> _Ranges:
        if allowed is None:
            return ranges
        low = -(10**12) if allowed.lowest_bytes is None else allowed.lowest_bytes
        high = 10**12 if allowed.highest_bytes is None else allowed.highest_bytes
        if sign < 0:
            low, high = -high, -low
        kept: list[tuple[int, int]] = []
        for start, end in ranges:  # open intervals of forbidden distances
            if start < low:
                kept.append((start, min(end, low)))
            if end > high:
                kept.append((max(start, high), end))
        return tuple(kept)

    @cached_property
    def bound_bytes(self) -> int:
        """The live-set bound: the largest sum of live bytes at a step, overlaps counted once where they are allowed."""
        if self._overlaps:
            return max(self._sizes)
        events: dict[int, int] = {}
        for compound in self._compounds:
            for block in compound.blocks:
                events[block.first] = 0
        for step in events:
            events[step] = sum(
                covered_bytes(
                    (block.low_bytes, block.high_bytes) for block in compound.blocks if block.first <= step < block.end
                )
                for compound in self._compounds
            )
        return max(events.values(), default=0)

    def starts(self) -> list[tuple[list[int], list[int]]]:
        """Some fixed orders with what first fit makes of them, the lowest first."""
        everything = range(len(self._compounds))
        if len(everything) <= _ALL_ORDERS:
            # Improving step by step can end before the best order: here all of them are cheap.
            tried = [(list(order), self.decode(order, None)) for order in permutations(everything)]
            return self._lowest_first((order, found) for order, found in tried if found is not None)
        spans = [sum(block.end - block.first for block in compound.blocks) for compound in self._compounds]
        firsts = [
            min((block.first for block in compound.blocks if block.first < block.end), default=0)
            for compound in self._compounds
        ]
        sizes = self._sizes
        orders = [
            sorted(everything, key=lambda item: (-sizes[item], firsts[item])),
            sorted(everything, key=lambda item: (-sizes[item] * spans[item], firsts[item])),
            sorted(everything, key=lambda item: (-len(self._conflicts[item]), -sizes[item])),
            sorted(everything, key=lambda item: (-spans[item], -sizes[item])),
            sorted(everything, key=lambda item: (firsts[item], -sizes[item])),
        ]
        if self._overlaps:
            # A chain of results that each run behind their operand goes down from the first: its last stands lowest.
            orders.append(sorted(everything, key=lambda item: (-firsts[item], -sizes[item])))
        found = [(order, self.decode(order, None)) for order in orders]
        return self._lowest_first((order, offsets) for order, offsets in found if offsets)

    def _lowest_first(self, found: Iterable[tuple[list[int], list[int]]]) -> list[tuple[list[int], list[int]]]:
        return sorted(found, key=lambda pair: self.height(pair[1]))

    def decode(self, order: Sequence[int], limit: int | None) -> list[int] | None:
        """First fit in `order`; None once the height exceeds `limit`."""
        offsets = [-1] * len(self._compounds)
        for item in order:
            blocked = [
                (offsets[other] + low, offsets[other] + high)
                for other, ranges in self._conflicts[item].items()
                if offsets[other] >= 0
                for low, high in ranges
            ]
            blocked.sort()
            offset = 0
            for low, high in blocked:
                if low < offset < high:
                    offset = align_up(high, self._alignment)
            if limit is not None and offset + self._sizes[item] > limit:
                return None
            offsets[item] = offset
        return offsets

    def height(self, offsets: Sequence[int]) -> int:
        """The largest end."""
        return max(offset + size for offset, size in zip(offsets, self._sizes, strict=True))

    def promote(self, order: Sequence[int], offsets: Sequence[int], height: int, chance: random.Random) -> list[int]:
        """Return `order` with a compound that reaches the top, or one in its way, moved forward."""
        top = [item for item in order if offsets[item] + self._sizes[item] == height]
        chosen = chance.choice(top)
        if chance.random() < 0.5:
            neighbours = sorted(self._conflicts[chosen])
            chosen = chance.choice(neighbours) if neighbours else chosen
        rest = [item for item in order if item != chosen]
        place_at = chance.randrange(max(1, order.index(chosen)))
        return [*rest[:place_at], chosen, *rest[place_at:]]


def _merged(ranges: list[tuple[int, int]]) -> _Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def covered_bytes(ranges: Iterable[tuple[int, int]]) -> int:
    """Return how many bytes the union of half-open ranges covers."""
    covered, reached = 0, -(10**12)
    for low, high in sorted(ranges):
        covered += max(0, high - max(low, reached))
        reached = max(reached, high)
    return covered
