"""Places compounds: groups of blocks at fixed distances from each other, each block with a lifetime of its own.

A line buffer, the rows in front of it and the views into it move together; a plain buffer is a compound of one block.
Offsets of compounds are multiples of the alignment. Deterministic for a seed.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

from arenafit.planning.compound_search import FirstFit, Placed, Ranges
from arenafit.planning.distances import Distances
from arenafit.planning.ranges import covered_bytes, merged
from arenafit.planning.work import Work
from arenafit.records import record
from arenafit.units import align_up

# Shares of the lowest height by which a search may climb above it, one after another.
_CLIMBS = (0.05, 0.15)
_STARTS = 3


@record(frozen=True)
class Block:
    """Bytes [low, high) of a compound, needed over steps [first, end)."""

    low_bytes: int
    high_bytes: int
    first: int
    end: int


@record(frozen=True)
class Compound:
    """Blocks that move together."""

    blocks: tuple[Block, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes from the compound's start to its last block's end."""
        return max(block.high_bytes for block in self.blocks)


@record(frozen=True)
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

    @property
    def distances(self) -> Distances:
        """What is allowed besides being disjoint."""
        return Distances(self.lowest_bytes, self.highest_bytes)

    def covers(self, one: Block, two: Block) -> bool:
        """Whether the permission holds between a block of the first and one of the second compound."""
        if self.spans is not None and self.spans != (
            (one.low_bytes, one.high_bytes),
            (two.low_bytes, two.high_bytes),
        ):
            return False
        return self.until is None or one.end <= self.until


@dataclass(frozen=True, slots=True)
class CompoundPlan:
    """Offsets by position of the compound, the height they reach, and the live-set bound on any height."""

    offsets_bytes: tuple[int, ...]
    height_bytes: int
    bound_bytes: int


def place(
    compounds: Sequence[Compound],
    overlaps: Sequence[Overlap] = (),
    *,
    alignment_bytes: int = 16,
    rounds: int = 60,
    work: Work | None = None,
    seed: int = 0,
) -> CompoundPlan:
    """Return offsets for `compounds`, as low as first fit over several orders and improving them gets them.

    From each of the lowest starts `rounds` tries only ever go down; as many again start from the best of them and may
    also climb, by less and less.
    """
    placer = Placer(compounds, overlaps, alignment_bytes=alignment_bytes, work=work, seed=seed)
    placer.go(rounds)
    return placer.placement()


class Placer:
    """A placement of compounds that is improved for as long as that seems worth it; arguments are those of `place`."""

    def __init__(
        self,
        compounds: Sequence[Compound],
        overlaps: Sequence[Overlap] = (),
        *,
        alignment_bytes: int = 16,
        work: Work | None = None,
        seed: int = 0,
    ) -> None:
        """Prepare; what costs something begins with the first `go`."""
        self._compounds = compounds
        self._overlaps = overlaps
        self._alignment = alignment_bytes
        self._work = work or Work()
        self._chance = random.Random(seed)  # noqa: S311 - reproducible, no secret
        self._walks: list[_Walk] = []

    @cached_property
    def bound_bytes(self) -> int:
        """The live-set bound: no placement is lower."""
        return live_bound_bytes(self._compounds, self._overlaps, self._alignment)

    @property
    def height_bytes(self) -> int:
        """The height of the lowest placement so far."""
        return self._lowest.best.height * self._alignment if self._compounds else 0

    def go(self, rounds: int) -> None:
        """Improve on the lowest placement by so many rounds."""
        if not self._compounds:
            return
        if not self._walks:
            self._begin()
        for walk in self._walks:
            walk.go(rounds, 0.0)
        lowest = self._lowest
        for highest in _CLIMBS:
            lowest.go(rounds // len(_CLIMBS), highest)

    def placement(self) -> CompoundPlan:
        """Return the lowest placement so far."""
        if not self._compounds:
            return CompoundPlan((), 0, 0)
        offsets = (offset * self._alignment for offset in self._lowest.best.offsets)
        return CompoundPlan(tuple(offsets), self.height_bytes, self.bound_bytes)

    @property
    def _lowest(self) -> "_Walk":
        if not self._walks:
            self._begin()
        return min(self._walks, key=lambda walk: walk.best.height)

    def _begin(self) -> None:
        search = _Search(self._compounds, self._overlaps, self._alignment)
        bound = -(-self.bound_bytes // self._alignment)
        starts = search.starts()[:_STARTS]
        self._walks = [_Walk(search.fit, found, bound, self._work, self._chance) for found in starts]
        self._work.spend(search.fit.steps)


class _Walk:
    """A walk from order to order, that remembers the lowest placement it came by."""

    def __init__(self, fit: FirstFit, start: Placed, bound: int, work: Work, chance: random.Random) -> None:
        self._fit = fit
        self._work = work
        self._chance = chance
        self._bound = bound
        self.best = start

    def go(self, rounds: int, highest: float) -> None:
        """Walk on from the best, up to a share `highest` above it at first, only down in the end."""
        fit, chance = self._fit, self._chance
        now, before = self.best, fit.steps
        for done in range(rounds):
            if self.best.height <= self._bound or not self._work.spend(fit.steps - before):
                return
            before = fit.steps
            climb = highest * (rounds - done) / rounds
            found = fit.promoted(now, chance, int(self.best.height * (1 + climb)))
            if found is None:
                continue
            if found.height <= max(now.height, self.best.height * (1 + climb * chance.random())):
                now = found
            if found.height < self.best.height or (found.height == self.best.height and not highest):
                self.best = found
        self._work.spend(fit.steps - before)


class _Search:
    def __init__(self, compounds: Sequence[Compound], overlaps: Sequence[Overlap], alignment_bytes: int) -> None:
        self._compounds = compounds
        self._alignment = alignment_bytes
        self._sizes = [align_up(compound.size_bytes, alignment_bytes) for compound in compounds]
        self._overlaps = overlaps
        self._allowed = {(overlap.first, overlap.second): overlap for overlap in overlaps}
        self._conflicts: list[dict[int, Ranges]] = [{} for _ in compounds]
        lives = [_life(compound) for compound in compounds]
        for later, (first, end) in enumerate(lives):
            for earlier in range(later):
                if first < lives[earlier][1] and lives[earlier][0] < end:
                    self._relate(earlier, later)
        self.fit = FirstFit([size // alignment_bytes for size in self._sizes], self._conflicts)

    def _relate(self, first: int, second: int) -> None:
        """Note at which distances two compounds that live at the same time would be over each other."""
        unit = self._alignment
        one, two, allowed = self._compounds[first].blocks, self._compounds[second].blocks, self._allowed
        if len(one) == len(two) == 1 and (first, second) not in allowed and (second, first) not in allowed:
            # Most are like this: one range, the same either way round.
            low = (one[0].low_bytes - two[0].high_bytes) // unit
            high = -((two[0].low_bytes - one[0].high_bytes) // unit)
            self._conflicts[second][first] = ((low, high),)
            self._conflicts[first][second] = ((-high, -low),)
            return
        ranges = merged([(low // unit, -(-high // unit)) for low, high in self._pairs(first, second)])
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
                ranges: Ranges = ((one.low_bytes - two.high_bytes, one.high_bytes - two.low_bytes),)
                if ahead is not None and ahead.covers(one, two):
                    ranges = _without(ranges, ahead.distances)
                if back is not None and back.covers(two, one):
                    ranges = _without(ranges, back.distances.turned())
                yield from ranges

    def starts(self) -> list[Placed]:
        """Some fixed orders with what first fit makes of them, the lowest first."""
        spans = [sum(block.end - block.first for block in compound.blocks) for compound in self._compounds]
        firsts = [
            min((block.first for block in compound.blocks if block.first < block.end), default=0)
            for compound in self._compounds
        ]
        return self.fit.starts(firsts, spans, chains=bool(self._overlaps))


def live_bound_bytes(compounds: Sequence[Compound], overlaps: Sequence[Overlap] = (), alignment_bytes: int = 16) -> int:
    """Return bytes below which no placement is: the most that live at a step, less all that pairs may share there."""
    sizes = [align_up(compound.size_bytes, alignment_bytes) for compound in compounds]
    lives = [_lives(compound) for compound in compounds]
    change: dict[int, int] = {}
    for first, end, held in chain.from_iterable(lives):
        change[first] = change.get(first, 0) + held
        change[end] = change.get(end, 0) - held
    for one, two in {(overlap.first, overlap.second) for overlap in overlaps}:
        for first, end, held in lives[one]:
            for other_first, other_end, other_held in lives[two]:
                begin, until = max(first, other_first), min(end, other_end)
                if begin < until:
                    change[begin] = change.get(begin, 0) - min(held, other_held)
                    change[until] = change.get(until, 0) + min(held, other_held)
    most = live = 0
    for step in sorted(change):
        live += change[step]
        most = max(most, live)
    return max(most, *sizes) if sizes else 0


def _lives(compound: Compound) -> list[tuple[int, int, int]]:
    """Return spans of steps with the bytes that the compound's blocks cover there."""
    live = [block for block in compound.blocks if block.first < block.end]
    if len(live) == 1:
        return [(live[0].first, live[0].end, live[0].high_bytes - live[0].low_bytes)]
    steps = sorted({step for block in live for step in (block.first, block.end)})
    return [
        (
            first,
            end,
            covered_bytes((item.low_bytes, item.high_bytes) for item in live if item.first <= first < item.end),
        )
        for first, end in pairwise(steps)
    ]


def _life(compound: Compound) -> tuple[int, int]:
    """First step and end of all that lives; (0, 0) where nothing does."""
    live = [(block.first, block.end) for block in compound.blocks if block.first < block.end]
    return (min(first for first, _ in live), max(end for _, end in live)) if live else (0, 0)


def _without(ranges: Ranges, permitted: Distances) -> Ranges:
    """Return open intervals of forbidden distances less those that are permitted."""
    return tuple(left for forbidden in ranges for left in permitted.outside(forbidden))
