"""A model over several memories, as rows of a document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """One memory: how much of it is taken, by what, and what one Invoke reads and writes of buffers there (predicted).

    `share` is its part of the traffic of all activations and scratch buffers; `spare_bytes` what is left.
    """

    name: str
    size_bytes: int
    reserve_bytes: int
    taken_bytes: int
    buffers_bytes: int
    spare_bytes: int
    buffers: int
    read_cost: float
    write_cost: float
    read_bytes: int
    written_bytes: int
    share: float
    has_arena: bool
    persistent_bytes: int = 0  # what the arena keeps behind its buffers


@dataclass(frozen=True, slots=True)
class BufferPlaceRow:
    """A buffer: its memory, the offset there, its size, and what one Invoke reads and writes in it (predicted)."""

    name: str
    memory: str
    offset_bytes: int
    size_bytes: int
    read_bytes: int
    written_bytes: int


@dataclass(frozen=True, slots=True)
class MemoriesRow:
    """All memories; `cost` is bytes times cost of a byte, `bound` what no plan costs less than, the arena as it is.

    `one_memory_bytes` is what the buffers take in one memory, `all_memories_bytes` what they take in all together.
    """

    cost: float
    bound: float
    gap: float
    arena: str
    arena_bytes: int
    one_memory_bytes: int
    all_memories_bytes: int
    memories: tuple[MemoryRow, ...]
    buffers: tuple[BufferPlaceRow, ...]
