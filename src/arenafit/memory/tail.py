"""The arena while TFLM allocates a model, step by step: what goes to the tail, and what each step needs at least.

Mirrors MicroInterpreter::AllocateTensors, MicroAllocator and SingleArenaBufferAllocator of tensorflow/lite/micro
(commit 90b983c2). The arena begins and ends 16-aligned. While a model is prepared the head holds the requests for
scratch buffers, then temporary tensors; while it is planned, the planner's working memory; then the plan itself.
"""

from dataclasses import dataclass, field
from enum import Enum

from arenafit.ir import Model, OpId, Tensor
from arenafit.kernels.protocol import Ask, described_scales
from arenafit.kernels.sizes import tensor_size_bytes
from arenafit.memory.asked import Asked, ModelAsked
from arenafit.targets import abi as layouts
from arenafit.targets.abi import Layout
from arenafit.targets.target import Abi, Target
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up

# kMaxScratchBuffersPerOp of micro_allocator.cc
_SCRATCH_SLOTS_PER_OP = 12
# The fields of a TfLiteTensor that MicroAllocator::DeallocateTempTfLiteTensor reads or clears come first.
_TENSOR_NEEDED = layouts.struct(
    layouts.TFLITE_QUANTIZATION, layouts.TFLITE_QUANTIZATION_PARAMS, layouts.POINTER, layouts.POINTER
)


class Category(Enum):
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


class Step(Enum):
    """The steps of allocating a model, one of which decides the smallest arena."""

    CREATE = "creating the allocator"
    BUILD = "tables of tensors and operators"
    PARSE = "parameters of an operator"
    INIT = "initialising an operator"
    PREPARE = "preparing an operator"
    SCRATCH_HANDLES = "handles of scratch buffers"
    PLANNER = "the planner's working memory"
    PLAN = "head and tail"


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of the tail. `size_bytes` is what it takes with alignment, `requested_bytes` what was asked for."""

    category: Category
    size_bytes: int
    requested_bytes: int
    op: OpId | None
    what: str
    count: int = 1  # as the recording allocator counts: elements of a table, else 1


@dataclass(frozen=True, slots=True)
class Binding:
    """The step that needs the largest arena, and how much it needs."""

    step: Step
    need_bytes: int
    op: OpId | None


@dataclass(slots=True)
class ArenaRun:
    """An arena being filled. Positions count from the two ends; no capacity is set."""

    abi: Abi
    tail_bytes: int = 0
    head_bytes: int = 0  # what is reserved at the beginning
    temp_bytes: int = 0  # end of the temporary allocations behind it
    guarded_bytes: int = 0  # end of those parts of them that are still needed
    transient_bytes: int = 0  # the most that the beginning held before the plan
    binding: Binding = Binding(Step.CREATE, 0, None)
    allocations: list[Allocation] = field(default_factory=list)
    step: Step = Step.CREATE
    op: OpId | None = None

    def at(self, step: Step, op: OpId | None = None) -> None:
        """Say which step the following allocations belong to."""
        self.step, self.op = step, op

    def allocate(
        self, category: Category, size_bytes: int, alignment: int, what: str, *, op: OpId | None = None, count: int = 1
    ) -> None:
        """Put a block at the low end of the tail, which is written at once: nothing needed may be there."""
        self._allocate(category, size_bytes, alignment, what, op, count)
        self._need(self.guarded_bytes + self.tail_bytes)

    def allocate_unwritten(self, category: Category, size_bytes: int, what: str, op: OpId | None) -> None:
        """Put a 16-aligned buffer at the low end of the tail that is not written yet.

        AllocatePersistentBuffer of single_arena_buffer_allocator.cc checks against the head, not what is temporary.
        """
        self._allocate(category, size_bytes, ARENA_ALIGNMENT_BYTES, what, op, 1)
        self._need(self.head_bytes + self.tail_bytes)

    def _allocate(  # noqa: PLR0917  one caller each way
        self, category: Category, size_bytes: int, alignment: int, what: str, op: OpId | None, count: int
    ) -> None:
        before = self.tail_bytes
        self.tail_bytes = align_up(before + size_bytes, alignment)
        self.allocations.append(Allocation(category, self.tail_bytes - before, size_bytes, op, what, count))

    def allocate_layout(self, category: Category, layout: Layout, what: str, op: OpId | None = None) -> None:
        """Put one structure at the low end of the tail, at its own alignment."""
        self.allocate(category, layout.size_bytes(self.abi), layout.alignment_bytes(self.abi), what, op=op)

    def allocate_table(self, category: Category, layout: Layout, count: int, what: str) -> None:
        """Put an array of structures at the low end of the tail."""
        size_bytes = layout.size_bytes(self.abi) * count
        self.allocate(category, size_bytes, layout.alignment_bytes(self.abi), what, count=count)

    def allocate_buffer(self, category: Category, size_bytes: int, what: str, op: OpId | None = None) -> None:
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

    def temp_layout(self, layout: Layout, count: int = 1) -> None:
        """Put a temporary array of structures behind what the beginning holds."""
        self.temp(layout.size_bytes(self.abi) * count, layout.alignment_bytes(self.abi))

    def _need(self, size_bytes: int) -> None:
        if size_bytes > self.binding.need_bytes:
            self.binding = Binding(self.step, size_bytes, self.op)


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What the run needs to know of the plan."""

    height_bytes: int
    buffers: int


def run(
    model: Model,
    asked: ModelAsked,
    plan: PlanFacts,
    target: Target,
    *,
    recording: bool,
    resource_variables: int,
    separate: bool = False,
) -> ArenaRun:
    """Return the arena after a model is allocated, by the ordinary or the recording allocator.

    `separate`: head and tail are arenas of their own, as memory/two_arenas.py needs; `binding` then means nothing.
    """
    arena = ArenaRun(target.abi)
    _create(arena, target, recording=recording, separate=separate)
    _resource_variables(arena, resource_variables)
    _build(arena, model, target)
    scratches = _operators(arena, asked)
    _plan(arena, model, asked, scratches, plan)
    arena.at(Step.PLAN)
    _interface(arena, "input", [model.main.by_id[key] for key in model.main.inputs])
    _interface(arena, "output", [model.main.by_id[key] for key in model.main.outputs])
    return arena


def _create(arena: ArenaRun, target: Target, *, recording: bool, separate: bool) -> None:
    """MicroAllocator::Create for one arena or two, RecordingMicroAllocator::Create."""
    single = layouts.RECORDING_SINGLE_ARENA_BUFFER_ALLOCATOR if recording else layouts.SINGLE_ARENA_BUFFER_ALLOCATOR
    allocator = layouts.MICRO_ALLOCATOR
    if recording:
        plain, compression = layouts.RECORDING_MICRO_ALLOCATOR, layouts.RECORDING_MICRO_ALLOCATOR_COMPRESSION
        allocator = compression if target.compression else plain
    if separate:
        arena.allocate_layout(Category.ALLOCATOR, layouts.PERSISTENT_ARENA_BUFFER_ALLOCATOR, "persistent allocator")
        arena.allocate_layout(
            Category.ALLOCATOR, layouts.NON_PERSISTENT_ARENA_BUFFER_ALLOCATOR, "non-persistent allocator"
        )
    else:
        arena.allocate_layout(Category.ALLOCATOR, single, "arena allocator")
    arena.allocate_layout(Category.ALLOCATOR, layouts.GREEDY_MEMORY_PLANNER, "planner")
    arena.allocate_layout(Category.ALLOCATOR, allocator, "allocator")


def _resource_variables(arena: ArenaRun, resource_variables: int) -> None:
    """MicroResourceVariables::Create, if the application calls it."""
    if resource_variables:
        variables_bytes = layouts.MICRO_RESOURCE_VARIABLE.size_bytes(arena.abi) * resource_variables
        head_bytes = layouts.MICRO_RESOURCE_VARIABLES.size_bytes(arena.abi)
        arena.allocate_buffer(Category.PERSISTENT_BUFFERS, head_bytes, "resource variables")
        arena.allocate_buffer(Category.PERSISTENT_BUFFERS, variables_bytes, "table of resource variables")


def _build(arena: ArenaRun, model: Model, target: Target) -> None:
    """MicroAllocator::StartModelAllocation."""
    arena.at(Step.BUILD)
    arena.allocate_layout(Category.ALLOCATOR, layouts.MICRO_BUILTIN_DATA_ALLOCATOR, "allocator of parameters")
    arena.reserve_head(_slots_bytes(arena, 0))
    graphs = layouts.SUBGRAPH_ALLOCATIONS_COMPRESSION if target.compression else layouts.SUBGRAPH_ALLOCATIONS
    arena.allocate_table(Category.SUBGRAPH_ALLOCATIONS, graphs, len(model.graphs), "table of graphs")
    for index, graph in enumerate(model.graphs):
        what = f"tensors of graph {index}"
        arena.allocate_table(Category.EVAL_TENSORS, layouts.TFLITE_EVAL_TENSOR, len(graph.tensors), what)
    for index, graph in enumerate(model.graphs):
        what = f"operators of graph {index}"
        arena.allocate_table(Category.NODE_AND_REGISTRATIONS, layouts.NODE_AND_REGISTRATION, len(graph.ops), what)


def _slots_bytes(arena: ArenaRun, requests: int) -> int:
    return layouts.SCRATCH_BUFFER_REQUEST.size_bytes(arena.abi) * (_SCRATCH_SLOTS_PER_OP + requests)


def _operators(arena: ArenaRun, asked: ModelAsked) -> int:
    """Parse, initialise and prepare all operators; return the number of scratch buffers asked for."""
    for item in asked.ops:
        if item.builtin is not None:
            arena.at(Step.PARSE, item.op.id)
            arena.allocate_layout(Category.BUILTIN_DATA, item.builtin, "parameters", item.op.id)
    for item in asked.ops:
        arena.at(Step.INIT, item.op.id)
        _serve(arena, item.init, item.op.id)
    scratches = 0
    for item in asked.ops:
        arena.at(Step.PREPARE, item.op.id)
        scratches += _serve(arena, item.prepare, item.op.id)
        # MicroAllocator::FinishPrepareNodeAllocations
        _note_transient(arena)
        arena.reserve_head(_slots_bytes(arena, scratches))
    return scratches


def _serve(arena: ArenaRun, asked: Asked, op: OpId) -> int:
    """Serve the requests of an operator in order; return the number of scratch buffers among them."""
    scratches = 0
    for kind, amount, what in asked:
        if kind is Ask.PERSISTENT:
            arena.allocate_buffer(Category.PERSISTENT_BUFFERS, amount, what, op)
        elif kind is Ask.UNWRITTEN:
            arena.allocate_unwritten(Category.PERSISTENT_BUFFERS, amount, what, op)
        elif kind is Ask.TEMP:
            _temp_tensor(arena, amount)
        elif kind is Ask.HOLD:
            arena.guarded_bytes = arena.temp_bytes
        else:
            scratches += 1
    return scratches


def _temp_tensor(arena: ArenaRun, scales: int) -> None:
    """MicroAllocator::AllocateTempTfLiteTensor; its last fields and the zero points are of no use to a kernel later."""
    pointers_bytes = 2 * layouts.POINTER.size_bytes(arena.abi)
    arena.temp_layout(layouts.TFLITE_TENSOR)
    needed_bytes = _TENSOR_NEEDED.size_bytes(arena.abi) - layouts.TFLITE_TENSOR.size_bytes(arena.abi)
    if scales:
        arena.temp_layout(layouts.TFLITE_AFFINE_QUANTIZATION)
        needed_bytes = pointers_bytes - layouts.TFLITE_AFFINE_QUANTIZATION.size_bytes(arena.abi)
        guarded_bytes = arena.temp_bytes + needed_bytes
        arena.temp(layouts.int_array_size_bytes(scales), layouts.TFLITE_INT_ARRAY.alignment_bytes(arena.abi))
    else:
        guarded_bytes = arena.temp_bytes + needed_bytes
    arena.guarded_bytes = guarded_bytes


def _note_transient(arena: ArenaRun) -> None:
    arena.transient_bytes = max(arena.transient_bytes, arena.temp_bytes)


def _plan(arena: ArenaRun, model: Model, asked: ModelAsked, scratches: int, plan: PlanFacts) -> None:
    """MicroAllocator::FinishModelAllocation and CommitStaticMemoryPlan."""
    if scratches:
        arena.at(Step.SCRATCH_HANDLES)
        arena.allocate_table(
            Category.SCRATCH_HANDLES, layouts.SCRATCH_BUFFER_HANDLE, scratches, "handles of scratch buffers"
        )
    arena.at(Step.PLANNER)
    tensors = sum(len(graph.tensors) for graph in model.graphs)
    arena.temp_layout(layouts.SIZE, len(model.graphs))
    arena.temp_layout(layouts.ALLOCATION_INFO, tensors + scratches)
    _variables(arena, model, asked)
    # GetAvailableMemory aligns both ends of what is left; the planner must find room for all its buffers there.
    arena.tail_bytes, used_bytes = align_up(arena.tail_bytes, ARENA_ALIGNMENT_BYTES), arena.tail_bytes
    arena.temp(layouts.GREEDY_PER_BUFFER.size_bytes(arena.abi) * plan.buffers, ARENA_ALIGNMENT_BYTES)
    arena.tail_bytes = used_bytes
    _note_transient(arena)
    arena.at(Step.PLAN)
    arena.reserve_head(plan.height_bytes)


def _variables(arena: ArenaRun, model: Model, asked: ModelAsked) -> None:
    """MicroAllocator::AllocateVariables: every variable tensor without an offline offset.

    TFLM looks the offset up by the index within the graph in the table for all graphs: for a graph after the first
    it reads another tensor's offset.
    """
    table = None
    if model.offline_plan is not None:
        table = [model.offline_plan.get(tensor.id) for tensor in model.all_tensors()]
    for graph in model.graphs:
        for index, tensor in enumerate(graph.tensors):
            if tensor.is_variable and (table is None or table[index] is None):
                size_bytes = tensor_size_bytes(tensor, asked.state.shapes.get(tensor.id))
                arena.allocate_buffer(Category.VARIABLES, size_bytes, f"variable '{tensor.name}'")


def _interface(arena: ArenaRun, role: str, tensors: list[Tensor]) -> None:
    """The array of inputs or outputs, and a TfLiteTensor for each."""
    pointers_bytes = layouts.POINTER.size_bytes(arena.abi) * len(tensors)
    arena.allocate_buffer(Category.PERSISTENT_BUFFERS, pointers_bytes, f"array of {role}s")
    for tensor in tensors:
        arena.allocate_layout(Category.PERSISTENT_TENSORS, layouts.TFLITE_TENSOR, f"{role} '{tensor.name}'")
        scales = described_scales(tensor)
        if scales:
            what = f"quantisation of {role} '{tensor.name}'"
            arena.allocate_layout(Category.QUANTIZATION, layouts.TFLITE_AFFINE_QUANTIZATION, what)
            size_bytes = layouts.int_array_size_bytes(scales)
            alignment = layouts.TFLITE_INT_ARRAY.alignment_bytes(arena.abi)
            arena.allocate(Category.QUANTIZATION, size_bytes, alignment, what)
