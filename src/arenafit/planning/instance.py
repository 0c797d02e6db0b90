"""A problem as the searching planners see it: items by index, in alignment units, with the distances they forbid.

A `Share` makes a forbidden range of distances into one with holes, and items that were joined (in place, or one at a
fixed distance within another) are an item like any other. So no search below this file knows about shares.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from arenafit.planning.distances import Distances
from arenafit.planning.offsets import aligned_size_bytes
from arenafit.planning.problem import Buffer, BufferId, Plan, Problem

Ranges = tuple[tuple[int, int], ...]  # closed, ascending, disjoint
Member = tuple[int, int]  # index of a buffer in Problem.buffers, its position within the item


@dataclass(frozen=True)
class Instance:
    """Items to place at positions in units of the alignment."""

    unit_bytes: int
    sizes: tuple[int, ...]
    lives: tuple[tuple[int, int], ...]  # half-open steps
    fixed: tuple[int | None, ...]
    rivals: tuple[Mapping[int, Ranges], ...]  # rivals[i][j]: forbidden values of position(i) - position(j)
    members: tuple[tuple[Member, ...], ...]

    @cached_property
    def areas(self) -> tuple[int, ...]:
        """Size times lifetime of each item."""
        return tuple(size * (end - first) for size, (first, end) in zip(self.sizes, self.lives, strict=True))

    @cached_property
    def work(self) -> int:
        """How much one placement of all items costs, for budgets that do not depend on the machine."""
        return len(self.sizes) + sum(len(rivals) for rivals in self.rivals)

    @cached_property
    def floor(self) -> tuple[int, ...]:
        """The fixed items, which every order begins with."""
        return tuple(index for index, position in enumerate(self.fixed) if position is not None)

    def height(self, positions: Sequence[int]) -> int:
        """Return the largest end."""
        return max((position + size for position, size in zip(positions, self.sizes, strict=True)), default=0)


def compile_problem(problem: Problem) -> Instance:
    """Return `problem` with one item per buffer."""
    unit = problem.alignment_bytes
    rivals: list[dict[int, Ranges]] = [{} for _ in problem.buffers]
    shares = _shares_by_pair(problem)
    for i, j in _live_pairs(problem.buffers):
        a, b = problem.buffers[i], problem.buffers[j]
        ranges = _forbidden(problem, a, b, shares.get((a.id, b.id), []))
        if ranges:
            rivals[i][j] = ranges
            rivals[j][i] = mirrored(ranges)
    return Instance(
        unit_bytes=unit,
        sizes=tuple(_size_units(problem, buffer) for buffer in problem.buffers),
        lives=tuple((buffer.live.first, buffer.live.end) for buffer in problem.buffers),
        fixed=tuple(
            None if buffer.fixed_offset_bytes is None else buffer.fixed_offset_bytes // unit
            for buffer in problem.buffers
        ),
        rivals=tuple(rivals),
        members=tuple(((index, 0),) for index in range(len(problem.buffers))),
    )


def mirrored(ranges: Ranges) -> Ranges:
    """Return the negatives of all distances in `ranges`."""
    return tuple((-high, -low) for low, high in reversed(ranges))


def is_plain(instance: Instance, item: int) -> bool:
    """Whether `item` is free to move, lives at some step, has a size, and may overlap with nothing living then."""
    first, end = instance.lives[item]
    size, rivals = instance.sizes[item], instance.rivals[item]
    if first >= end or not size or instance.fixed[item] is not None:
        return False
    living = (
        other
        for other, (other_first, other_end) in enumerate(instance.lives)
        if other != item and instance.sizes[other] and other_first < end and first < other_end
    )
    return all(rivals.get(other) == ((1 - size, instance.sizes[other] - 1),) for other in living)


def offsets_of(problem: Problem, instance: Instance, positions: Sequence[int]) -> dict[BufferId, int]:
    """Return the byte offset of every buffer of `problem` when its items stand at `positions`."""
    found: dict[BufferId, int] = {}
    for position, members in zip(positions, instance.members, strict=True):
        for index, inner in members:
            buffer = problem.buffers[index]
            fixed = buffer.fixed_offset_bytes
            found[buffer.id] = (position + inner) * instance.unit_bytes if fixed is None else fixed
    return found


def positions_of(problem: Problem, plan: Plan) -> list[int]:
    """Return the positions that `plan` gives to the items of `compile_problem(problem)`."""
    return [plan.offsets_bytes[buffer.id] // problem.alignment_bytes for buffer in problem.buffers]


def fixed_collision(problem: Problem, instance: Instance) -> str | None:
    """Return a sentence that names two fixed buffers in each other's way, None where there are none."""
    for i in instance.floor:
        for j in instance.floor:
            distance = (instance.fixed[i] or 0) - (instance.fixed[j] or 0)
            if i < j and any(low <= distance <= high for low, high in instance.rivals[i].get(j, ())):
                pair = problem.buffers[i].id, problem.buffers[j].id
                return f"fixed buffers {pair[0]} and {pair[1]} collide"
    return None


def joined(instance: Instance, groups: Iterable[Sequence[Member]]) -> Instance:
    """Return the instance in which each group, of (item, position within the group), moves as one item.

    The groups cover every item once; positions within a group start at 0.
    """
    groups = [tuple(group) for group in groups]
    home = {item: (number, inner) for number, group in enumerate(groups) for item, inner in group}
    found: list[dict[int, list[tuple[int, int]]]] = [{} for _ in groups]
    for item, (number, inner) in home.items():
        for other, ranges in instance.rivals[item].items():
            target, other_inner = home[other]
            shift = other_inner - inner
            if target != number:
                found[number].setdefault(target, []).extend((low + shift, high + shift) for low, high in ranges)
    return Instance(
        unit_bytes=instance.unit_bytes,
        sizes=tuple(max(inner + instance.sizes[item] for item, inner in group) for group in groups),
        lives=tuple(_hull(instance, group) for group in groups),
        fixed=tuple(_fixed_position(instance, group) for group in groups),
        rivals=tuple({target: _merged(ranges) for target, ranges in rivals.items()} for rivals in found),
        members=tuple(
            tuple((index, inner + deeper) for item, inner in group for index, deeper in instance.members[item])
            for group in groups
        ),
    )


def _hull(instance: Instance, group: Sequence[Member]) -> tuple[int, int]:
    lives = [instance.lives[item] for item, _ in group]
    return min(first for first, _ in lives), max(end for _, end in lives)


def _fixed_position(instance: Instance, group: Sequence[Member]) -> int | None:
    for item, inner in group:
        position = instance.fixed[item]
        if position is not None:
            return position - inner
    return None


def _merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            continue
        merged.append((low, high))
    return tuple(merged)


def _size_units(problem: Problem, buffer: Buffer) -> int:
    residue = (buffer.fixed_offset_bytes or 0) % problem.alignment_bytes
    return -(-(residue + aligned_size_bytes(problem, buffer)) // problem.alignment_bytes)


def _live_pairs(buffers: Sequence[Buffer]) -> Iterator[tuple[int, int]]:
    """Yield each pair of indices, in both orders of index, of buffers with a size that live at the same time."""
    active: list[int] = []
    for index in sorted(range(len(buffers)), key=lambda index: buffers[index].live):
        if not buffers[index].size_bytes:
            continue
        active = [other for other in active if buffers[other].live.end > buffers[index].live.first]
        yield from ((other, index) for other in active if buffers[other].live.overlaps(buffers[index].live))
        active.append(index)


def _shares_by_pair(problem: Problem) -> dict[tuple[BufferId, BufferId], list[Distances]]:
    found: dict[tuple[BufferId, BufferId], list[Distances]] = {}
    for share in problem.shares:
        found.setdefault((share.first, share.second), []).append(share.distances)
        found.setdefault((share.second, share.first), []).append(share.distances.turned())
    return found


def _forbidden(problem: Problem, a: Buffer, b: Buffer, permitted: Iterable[Distances]) -> Ranges:
    """Return the values of position(a) - position(b), in units, at which the two overlap without permission."""
    unit = problem.alignment_bytes
    residue = (b.fixed_offset_bytes or 0) % unit - (a.fixed_offset_bytes or 0) % unit
    # offset(b) - offset(a) = residue - unit * (position(a) - position(b)) must not lie in any of these open ranges.
    bad = [(-aligned_size_bytes(problem, b) + 1, aligned_size_bytes(problem, a) - 1)]
    for distances in permitted:
        bad = [piece for low, high in bad for piece in _without(low, high, distances)]
    units = ((-((high - residue) // unit), (residue - low) // unit) for low, high in bad)
    return tuple(sorted((low, high) for low, high in units if low <= high))


def _without(low: int, high: int, permitted: Distances) -> Iterator[tuple[int, int]]:
    """Yield what is left of the distances [low, high] outside those that are `permitted`."""
    start = low if permitted.lowest_bytes is None else max(low, permitted.lowest_bytes)
    stop = high if permitted.highest_bytes is None else min(high, permitted.highest_bytes)
    if start > stop:
        yield low, high
        return
    if low < start:
        yield low, start - 1
    if stop < high:
        yield stop + 1, high
