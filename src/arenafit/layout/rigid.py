"""Buffers of a head in groups that keep their distances, for moving them into other memories.

TFLM's own plan keeps buffers apart whose lifetimes meet, so each of them may go anywhere. An offline plan lays views on
what they show and results on operands: what overlaps there in memory and in time belongs together, and moves as one.
Times are those for which TFLM keeps a buffer, and those for which its content matters, one after the other on one axis.
"""

from dataclasses import dataclass

from arenafit.ir import Model
from arenafit.layout.content_lifetimes import Timeline, timeline
from arenafit.planning.problem import Interval
from arenafit.planning.regions import Part
from arenafit.tflm import Footprint
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_down, align_up


@dataclass(frozen=True, slots=True)
class RigidGroup:
    """Buffers by their number in the plan, and as parts of one piece that begins below the alignment."""

    members: tuple[int, ...]
    parts: tuple[Part, ...]


def rigid_groups(model: Model, found: Footprint) -> tuple[RigidGroup, ...]:
    """Return the buffers of `found.plan` in groups, in the order of their first members.

    A buffer is as large as TFLM counts it, in steps of 16, and as what its kernel writes behind it.
    """
    lives = _lives(model, found)
    touched = _touched_bytes(found)
    if not model.offline_plan:
        return tuple(RigidGroup((index,), (Part(0, touched[index], lives[index]),)) for index in range(len(found.plan)))
    return tuple(_group(found, members, lives, touched) for members in _overlapping(found, lives))


def _touched_bytes(found: Footprint) -> list[int]:
    """Return the size of each buffer with what its kernel writes behind it, in steps of 16."""
    last = {item.buffer.op: index for index, item in enumerate(found.plan) if item.buffer.op is not None}
    sizes = [item.buffer.size_bytes for item in found.plan]
    for op, overrun in found.overruns_bytes.items():
        if op in last:
            sizes[last[op]] += overrun
    return [align_up(size, ARENA_ALIGNMENT_BYTES) for size in sizes]


def _lives(model: Model, found: Footprint) -> list[tuple[Interval, ...]]:
    kept = [(item.buffer.live,) for item in found.plan]
    if not model.offline_plan:
        return [*kept]
    content = timeline(model)
    begin = found.lifetimes.scopes + 1
    return [
        (*own, *_content(content, found, index, begin), *_always(model, found, index)) for index, own in enumerate(kept)
    ]


def _content(content: Timeline, found: Footprint, index: int, begin: int) -> list[Interval]:
    buffer = found.plan[index].buffer
    if buffer.tensor is not None:
        spans = content.live.get(buffer.tensor, ())
    else:
        spans = tuple(span for op, span in content.runs.items() if op == buffer.op)
    return [Interval(begin + span.first, begin + span.end) for span in spans]


def _always(model: Model, found: Footprint, index: int) -> list[Interval]:
    """A variable keeps its content from one run to the next, which TFLM's planner is not told."""
    key = found.plan[index].buffer.tensor
    if key is None or not model.tensors[key].is_variable:
        return []
    return [Interval(-1, found.lifetimes.scopes + 1)]


def _overlapping(found: Footprint, lives: list[tuple[Interval, ...]]) -> list[list[int]]:
    """Return the buffers that overlap in memory and time, directly or through others."""
    root = list(range(len(found.plan)))

    def find(index: int) -> int:
        while root[index] != index:
            root[index] = root[root[index]]
            index = root[index]
        return index

    order = sorted(root, key=lambda index: found.plan[index].offset_bytes)
    for position, low in enumerate(order):
        end = found.plan[low].offset_bytes + found.plan[low].buffer.size_bytes
        for high in order[position + 1 :]:
            if found.plan[high].offset_bytes >= end:
                break
            if any(one.overlaps(other) for one in lives[low] for other in lives[high]):
                root[find(high)] = find(low)
    groups: dict[int, list[int]] = {}
    for index in range(len(root)):
        groups.setdefault(find(index), []).append(index)
    return list(groups.values())


def _group(found: Footprint, members: list[int], lives: list[tuple[Interval, ...]], touched: list[int]) -> RigidGroup:
    base = align_down(min(found.plan[index].offset_bytes for index in members), ARENA_ALIGNMENT_BYTES)
    parts = tuple(Part(found.plan[index].offset_bytes - base, touched[index], lives[index]) for index in members)
    return RigidGroup(tuple(members), parts)
