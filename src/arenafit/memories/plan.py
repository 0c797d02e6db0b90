"""A model's buffers in several memories: where each lies, what is moved there, and where the arena itself is."""

from dataclasses import dataclass
from functools import cached_property

from arenafit.layout.rigid import RigidGroup
from arenafit.targets.memories import Region
from arenafit.tflm import Footprint


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes that one Invoke reads and writes, predicted."""

    read_bytes: int
    written_bytes: int

    @property
    def total_bytes(self) -> int:
        """Both."""
        return self.read_bytes + self.written_bytes


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a buffer lies: the number of its memory, the offset in it, and its size as AddBuffer gets it."""

    region: int
    offset_bytes: int
    size_bytes: int


@dataclass(frozen=True)
class MemoryPlan:
    """Every buffer of a footprint's plan in one of several memories.

    `placements` has one entry for each buffer, in the order in which TFLM's planner gets them. The arena, which keeps
    what is persistent behind what is planned at its beginning, lies in the memory `arena_region`, from its first byte.

    Attributes:
        regions: the memories, in the order in which they were named.
        footprint: the prediction for one arena; its plan names the buffers.
        groups: buffers that keep their distances, by number.
        buffer_traffic: what one Invoke reads and writes in each buffer.
        arena_region: the memory of the arena.
        min_arena_bytes: the smallest size of the arena that works.
        arena_bytes: that with the margin.
        tables: what one Invoke reads of operators' data in the arena's persistent part.
        cost: bytes times cost, summed up.
        bound: what no plan of this kind costs less than; with the arena where it is.
    """

    regions: tuple[Region, ...]
    footprint: Footprint
    groups: tuple[RigidGroup, ...]
    placements: tuple[Placement, ...]
    buffer_traffic: tuple[Traffic, ...]
    arena_region: int
    min_arena_bytes: int
    arena_bytes: int
    tables: Traffic
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """How much more the plan costs than the bound, as a fraction of it."""
        return max(0.0, self.cost / self.bound - 1) if self.bound else 0.0

    @cached_property
    def tops_bytes(self) -> tuple[int, ...]:
        """How far each memory is filled with buffers."""
        tops = [0] * len(self.regions)
        for group in self.groups:
            first = self.placements[group.members[0]]
            base = first.offset_bytes - group.parts[0].offset_bytes
            tops[first.region] = max(
                tops[first.region], *(base + part.offset_bytes + part.size_bytes for part in group.parts)
            )
        return tuple(tops)

    @cached_property
    def sizes_bytes(self) -> tuple[int, ...]:
        """What is taken of each memory: the buffers; in that of the arena, the arena."""
        return tuple(
            self.arena_bytes if index == self.arena_region else top for index, top in enumerate(self.tops_bytes)
        )

    @cached_property
    def persistent_bytes(self) -> int:
        """What the arena keeps behind its buffers: tables, operators' data, variables."""
        return self.footprint.planned_elsewhere(self.tops_bytes[self.arena_region]).persistent_bytes

    @cached_property
    def traffic(self) -> tuple[Traffic, ...]:
        """What one Invoke reads and writes of activations and scratch buffers in each memory."""
        found: list[list[Traffic]] = [[] for _ in self.regions]
        for placement, traffic in zip(self.placements, self.buffer_traffic, strict=True):
            found[placement.region].append(traffic)
        return tuple(
            Traffic(sum(item.read_bytes for item in rows), sum(item.written_bytes for item in rows)) for rows in found
        )

    @cached_property
    def shares(self) -> tuple[float, ...]:
        """The share of the traffic of activations and scratch buffers that each memory serves."""
        whole = sum(item.total_bytes for item in self.traffic)
        return tuple(item.total_bytes / whole if whole else 0.0 for item in self.traffic)
