"""Lower bounds: bytes below which no plan of a problem can be, shares accounted for.

A bound never exceeds the optimum, so a plan that meets its bound is proved optimal.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from arenafit.planning.offsets import aligned_size_bytes
from arenafit.planning.problem import Buffer, BufferId, Problem, Share

# Above this many buffers joined by shares at one step, subsets are climbed instead of searched.
_SEARCHED = 10
# A gap of more alignment units than this is taken as one that can be filled to the brim.
_FILLED = 1 << 18


def lower_bound_bytes(problem: Problem) -> int:
    """Return the best bound known: of the live sets, the fixed buffers' ends, and what fits between fixed buffers."""
    fixed_ends = (
        buffer.fixed_offset_bytes + aligned_size_bytes(problem, buffer)
        for buffer in problem.buffers
        if buffer.fixed_offset_bytes is not None
    )
    saving = _Saving(problem)
    steps = (max(saving.covered_bytes(live), saving.above_fixed_bytes(live)) for _, live in _live_sets(problem))
    return max(max(fixed_ends, default=0), max(steps, default=0))


def live_set_bound_bytes(problem: Problem) -> int:
    """Return the largest sum of aligned sizes that live at one step, less what their shares could save."""
    return max(live_bytes_by_step(problem).values(), default=0)


def live_bytes_by_step(problem: Problem) -> dict[int, int]:
    """Return the live-set bound at every step where a buffer's life begins; its peak is where memory is short."""
    saving = _Saving(problem)
    return {step: saving.covered_bytes(live) for step, live in _live_sets(problem)}


def _live_sets(problem: Problem) -> Iterator[tuple[int, list[Buffer]]]:
    """Yield the buffers with a size that live at each step where one begins: no other step has a larger set."""
    solid = [buffer for buffer in problem.buffers if buffer.size_bytes and buffer.live.first < buffer.live.end]
    for step in sorted({buffer.live.first for buffer in solid}):
        yield step, [buffer for buffer in solid if buffer.live.first <= step < buffer.live.end]


@dataclass(frozen=True)
class _Saving:
    """What the shares of a problem can save at most."""

    problem: Problem

    @cached_property
    def size_bytes(self) -> dict[BufferId, int]:
        return {buffer.id: aligned_size_bytes(self.problem, buffer) for buffer in self.problem.buffers}

    @cached_property
    def overlaps(self) -> dict[BufferId, dict[BufferId, int]]:
        """For each buffer with shares: its partners, with the most bytes the two may have in common."""
        found: dict[BufferId, dict[BufferId, int]] = {}
        for share in self.problem.shares:
            overlap = _largest_overlap(share, self.size_bytes[share.first], self.size_bytes[share.second])
            for a, b in ((share.first, share.second), (share.second, share.first)):
                partners = found.setdefault(a, {})
                partners[b] = max(partners.get(b, 0), overlap)
        return found

    def covered_bytes(self, live: Iterable[Buffer]) -> int:
        """Return a bound on the union of buffers that live at the same time, in whatever plan."""
        ids = {buffer.id for buffer in live}
        sharing = [key for key in sorted(ids) if key in self.overlaps]
        alone = sum(self.size_bytes[key] for key in ids if key not in self.overlaps)
        return alone + sum(self._group_bytes(group) for group in self._joined(sharing))

    def _joined(self, ids: Sequence[BufferId]) -> list[list[BufferId]]:
        """Return the buffers in groups joined by shares; buffers of different groups are disjoint in memory."""
        waiting, groups = set(ids), []
        for root in ids:
            if root not in waiting:
                continue
            waiting.remove(root)
            group = [root]
            for member in group:
                found = [other for other in self.overlaps[member] if other in waiting]
                waiting.difference_update(found)
                group.extend(found)
            groups.append(group)
        return groups

    def _group_bytes(self, group: Sequence[BufferId]) -> int:
        """Return the best of: any subset's sizes less its pairwise overlaps (Bonferroni's inequality)."""
        order = sorted(group, key=lambda key: (-self.size_bytes[key], key))
        if len(order) > _SEARCHED:
            return max(self._climbed_bytes(order, frozenset()), self._climbed_bytes(order, frozenset(order)))
        return self._searched_bytes(order, [])

    def _gain_bytes(self, key: BufferId, chosen: Iterable[BufferId]) -> int:
        partners = self.overlaps[key]
        return self.size_bytes[key] - sum(partners.get(other, 0) for other in chosen)

    def _searched_bytes(self, order: Sequence[BufferId], chosen: list[BufferId]) -> int:
        if not order:
            return 0
        without = self._searched_bytes(order[1:], chosen)
        gain = self._gain_bytes(order[0], chosen)
        if gain <= 0:
            return without
        return max(without, gain + self._searched_bytes(order[1:], [*chosen, order[0]]))

    def _climbed_bytes(self, order: Sequence[BufferId], chosen: frozenset[BufferId]) -> int:
        """Flip one buffer at a time while that helps; any subset bounds, the best within one flip bounds well."""
        value = sum(self.size_bytes[key] + self._gain_bytes(key, chosen - {key}) for key in chosen) // 2
        while True:
            flips = [(self._flip_bytes(key, chosen), -index) for index, key in enumerate(order)]
            best, index = max(flips)
            if best <= 0:
                return value
            value += best
            chosen ^= {order[-index]}

    def _flip_bytes(self, key: BufferId, chosen: frozenset[BufferId]) -> int:
        gain = self._gain_bytes(key, chosen - {key})
        return -gain if key in chosen else gain

    def above_fixed_bytes(self, live: Sequence[Buffer]) -> int:
        """Return the height that follows where gaps between fixed buffers cannot take all that lives beside them."""
        fixed = [buffer for buffer in live if buffer.fixed_offset_bytes is not None]
        free = [buffer for buffer in live if buffer.fixed_offset_bytes is None and buffer.id not in self.overlaps]
        if not fixed or not free:
            return 0
        unit = self.problem.alignment_bytes
        sizes = [self.size_bytes[buffer.id] // unit for buffer in free]
        top, gaps = _gaps((buffer.fixed_offset_bytes or 0, self.size_bytes[buffer.id]) for buffer in fixed)
        return top + unit * max(0, sum(sizes) - sum(_largest_fill(sizes, gap // unit) for gap in gaps))


def _largest_overlap(share: Share, first_bytes: int, second_bytes: int) -> int:
    """Return the most bytes that the two buffers of `share` can have in common."""
    lowest, highest = share.lowest_bytes, share.highest_bytes
    if lowest is not None and highest is not None and lowest > highest:
        return 0
    # One lies within the other for these distances; of the allowed distances the one nearest to them overlaps most.
    inner_low, inner_high = sorted((0, first_bytes - second_bytes))
    if lowest is not None and lowest > inner_high:
        delta = lowest
    elif highest is not None and highest < inner_low:
        delta = highest
    else:
        return min(first_bytes, second_bytes)
    return max(0, min(first_bytes, delta + second_bytes) - max(0, delta))


def _gaps(spans: Iterable[tuple[int, int]]) -> tuple[int, list[int]]:
    """Return the top of the (offset, size) spans and the sizes of the gaps below it."""
    top, gaps = 0, []
    for offset, size in sorted(spans):
        if offset > top:
            gaps.append(offset - top)
        top = max(top, offset + size)
    return top, gaps


def _largest_fill(sizes: Sequence[int], gap: int) -> int:
    """Return the largest sum of some of `sizes` that is at most `gap`, by the bits of one long integer."""
    if sum(sizes) <= gap or gap > _FILLED:
        return min(sum(sizes), gap)
    reachable, mask = 1, (1 << (gap + 1)) - 1
    for size in sizes:
        reachable |= (reachable << size) & mask
    return reachable.bit_length() - 1
