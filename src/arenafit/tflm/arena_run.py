"""An arena being filled from both its ends, step by step, and the least that each step needs.

Mirrors SingleArenaBufferAllocator of tensorflow/lite/micro/arena_allocator/single_arena_buffer_allocator.cc (commit
90b983c2 of 2026-08-20). The arena begins and ends 16-aligned.
"""

from dataclasses import dataclass, field
from enum import Enum

from arenafit.ir import OpId
from arenafit.records import record
from arenafit.targets.abi import StructLayout
from arenafit.targets.target import Abi
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up


class TailCategory(Enum):
    """What a part of the tail is for; the values that the recording allocator prints are named as it names them."""

    ALLOCATOR = "allocator"
    SUBGRAPH_ALLOCATIONS = "subgraph_allocations"
    EVAL_TENSORS = "eval_tensors"
    NODE_AND_REGISTRATIONS = "node_and_registrations"
    BUILTIN_DATA = "builtin_data"
    PERSISTENT_BUFFERS = "persistent_buffers"
    SCRATCH_HANDLES = "scratch_handles"
    VARIABLES = "variables"
    PERSISTENT_TENSORS = "persistent_tensors"
    QUANTIZATION = "persistent_tensor_quantization"


class ArenaStep(Enum):
    """The steps of allocating a model, one of which decides the smallest arena."""

    CREATE = "creating the allocator"
    BUILD = "tables of tensors and operators"
    PARSE = "parameters of an operator"
    INIT = "initialising an operator"
    PREPARE = "preparing an operator"
    SCRATCH_HANDLES = "handles of scratch buffers"
    PLANNER = "the planner's working memory"
    PLAN = "head and tail"


@record(frozen=True)
class Allocation:
    """A part of the tail. `size_bytes` is what it takes with alignment, `requested_bytes` what was asked for."""

    category: TailCategory
    size_bytes: int
    requested_bytes: int
    op: OpId | None
    what: str
    count: int = 1  # as the recording allocator counts: elements of a table, else 1


@record(frozen=True)
class Binding:
    """The step that needs the largest arena, and how much it needs."""

    step: ArenaStep
    need_bytes: int
    op: OpId | None


_CREATED = Binding(ArenaStep.CREATE, 0, None)


@dataclass(slots=True)
class ArenaRun:
    """An arena being filled. Positions count from the two ends; no capacity is set."""

    abi: Abi
    tail_bytes: int = 0
    head_bytes: int = 0  # what is reserved at the beginning
    temp_bytes: int = 0  # end of the temporary allocations behind it
    guarded_bytes: int = 0  # end of those parts of them that are still needed
    transient_bytes: int = 0  # the most that the beginning held before the plan
    binding: Binding = field(default=_CREATED)
    allocations: list[Allocation] = field(default_factory=list)
    step: ArenaStep = ArenaStep.CREATE
    op: OpId | None = None

    def at(self, step: ArenaStep, op: OpId | None = None) -> None:
        """Say which step the following allocations belong to."""
        self.step, self.op = step, op

    def allocate(
        self,
        category: TailCategory,
        size_bytes: int,
        alignment: int,
        what: str,
        *,
        op: OpId | None = None,
        count: int = 1,
    ) -> None:
        """Put a block at the low end of the tail, which is written at once: nothing needed may be there."""
        self._allocate(category, size_bytes, alignment, what, op, count)
        self._need(self.guarded_bytes + self.tail_bytes)

    def allocate_unwritten(self, category: TailCategory, size_bytes: int, what: str, op: OpId | None) -> None:
        """Put a 16-aligned buffer at the low end of the tail that is not written yet.

        AllocatePersistentBuffer of single_arena_buffer_allocator.cc checks against the head, not what is temporary.
        """
        self._allocate(category, size_bytes, ARENA_ALIGNMENT_BYTES, what, op, 1)
        self._need(self.head_bytes + self.tail_bytes)

    def _allocate(  # noqa: PLR0917  one caller each way
        self, category: TailCategory, size_bytes: int, alignment: int, what: str, op: OpId | None, count: int
    ) -> None:
        before = self.tail_bytes
        self.tail_bytes = align_up(before + size_bytes, alignment)
        self.allocations.append(Allocation(category, self.tail_bytes - before, size_bytes, op, what, count))

    def allocate_layout(self, category: TailCategory, layout: StructLayout, what: str, op: OpId | None = None) -> None:
        """Put one structure at the low end of the tail, at its own alignment."""
        self.allocate(category, layout.size_bytes(self.abi), layout.alignment_bytes(self.abi), what, op=op)

    def allocate_table(self, category: TailCategory, layout: StructLayout, count: int, what: str) -> None:
        """Put an array of structures at the low end of the tail."""
        size_bytes = layout.size_bytes(self.abi) * count
        self.allocate(category, size_bytes, layout.alignment_bytes(self.abi), what, count=count)

    def allocate_buffer(self, category: TailCategory, size_bytes: int, what: str, op: OpId | None = None) -> None:
        """Put a 16-aligned buffer at the low end of the tail."""
        self.allocate(category, size_bytes, ARENA_ALIGNMENT_BYTES, what, op=op)

    def reserve_head(self, size_bytes: int) -> None:
        """Set what is reserved at the beginning; temporary allocations end."""
        self.head_bytes = self.temp_bytes = self.guarded_bytes = size_bytes
        self._need(size_bytes + self.tail_bytes)

    def temp(self, size_bytes: int, alignment: int) -> None:
        """Put a temporary block behind what the beginning holds."""
        self.temp_bytes = self.guarded_bytes = align_up(self.temp_bytes, alignment) + size_bytes
        self._need(self.temp_bytes + self.tail_bytes)

    def hold_temps(self, end_bytes: int, guarded_bytes: int) -> None:
        """Set where the temporary allocations end, and those parts of them that are still needed."""
        self.temp_bytes, self.guarded_bytes = end_bytes, guarded_bytes
        self._need(end_bytes + self.tail_bytes)

    def temp_layout(self, layout: StructLayout, count: int = 1) -> None:
        """Put a temporary array of structures behind what the beginning holds."""
        self.temp(layout.size_bytes(self.abi) * count, layout.alignment_bytes(self.abi))

    def _need(self, size_bytes: int) -> None:
        if size_bytes > self.binding.need_bytes:
            self.binding = Binding(self.step, size_bytes, self.op)
