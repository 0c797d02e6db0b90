"""What allocating a model does to the arena: what goes to the tail, and what each step needs at least.

Mirrors MicroInterpreter::AllocateTensors and MicroAllocator of tensorflow/lite/micro (commit 90b983c2). While a model
is prepared the head holds the requests for scratch buffers, then temporary tensors; while it is planned, the planner's
working memory; then the plan itself.
"""

from dataclasses import dataclass
from functools import cache

from arenafit.ir import Model, OpId, Tensor
from arenafit.kernels.protocol import Ask, described_scales
from arenafit.kernels.sizes import tensor_size_bytes
from arenafit.targets import abi as layouts
from arenafit.targets.abi import StructLayout
from arenafit.targets.target import Abi, Target
from arenafit.tflm.arena_run import ArenaRun, ArenaStep, TailCategory
from arenafit.tflm.kernel_requests import Asked, ModelAsked
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up

# kMaxScratchBuffersPerOp of micro_allocator.cc
_SCRATCH_SLOTS_PER_OP = 12
# The fields of a TfLiteTensor that MicroAllocator::DeallocateTempTfLiteTensor reads or clears come first.
_TENSOR_NEEDED = layouts.struct(
    layouts.TFLITE_QUANTIZATION, layouts.TFLITE_QUANTIZATION_PARAMS, layouts.POINTER, layouts.POINTER
)


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What the run needs to know of the plan."""

    height_bytes: int
    buffers: int
    own_planner: bool = False  # the application's planner, which lies outside the arena and asks for no memory


@dataclass(frozen=True, slots=True)
class Allocator:
    """What the application allocates with.

    Attributes:
        recording: by RecordingMicroAllocator, which needs more for itself.
        resource_variables: how many it makes room for; 0: it creates none.
        separate: head and tail are arenas of their own (`TwoArenas`); the run's `binding` then means nothing.
    """

    recording: bool
    resource_variables: int
    separate: bool = False


def run(
    model: Model,
    asked: ModelAsked,
    plan: PlanFacts,
    target: Target,
    allocator: Allocator,
) -> ArenaRun:
    """Return the arena after a model is allocated by such an allocator."""
    arena = ArenaRun(target.abi)
    _create(arena, target, allocator, own_planner=plan.own_planner)
    _resource_variables(arena, allocator.resource_variables)
    _build(arena, model, target)
    scratches = _operators(arena, asked, target)
    _plan(arena, model, asked, scratches, plan)
    arena.at(ArenaStep.PLAN)
    tensor = _tensor(target.static_memory)
    _interface(arena, "input", tensor, [model.main.by_id[key] for key in model.main.inputs])
    _interface(arena, "output", tensor, [model.main.by_id[key] for key in model.main.outputs])
    return arena


def _create(arena: ArenaRun, target: Target, chosen: Allocator, *, own_planner: bool) -> None:
    """MicroAllocator::Create for one arena or two, RecordingMicroAllocator::Create."""
    single = (
        layouts.RECORDING_SINGLE_ARENA_BUFFER_ALLOCATOR if chosen.recording else layouts.SINGLE_ARENA_BUFFER_ALLOCATOR
    )
    allocator = layouts.MICRO_ALLOCATOR
    if chosen.recording:
        plain, compression = layouts.RECORDING_MICRO_ALLOCATOR, layouts.RECORDING_MICRO_ALLOCATOR_COMPRESSION
        allocator = compression if target.compression else plain
    if chosen.separate:
        arena.allocate_layout(TailCategory.ALLOCATOR, layouts.PERSISTENT_ARENA_BUFFER_ALLOCATOR, "persistent allocator")
        arena.allocate_layout(
            TailCategory.ALLOCATOR, layouts.NON_PERSISTENT_ARENA_BUFFER_ALLOCATOR, "non-persistent allocator"
        )
    else:
        arena.allocate_layout(TailCategory.ALLOCATOR, single, "arena allocator")
    if not own_planner:
        arena.allocate_layout(TailCategory.ALLOCATOR, layouts.GREEDY_MEMORY_PLANNER, "planner")
    arena.allocate_layout(TailCategory.ALLOCATOR, allocator, "allocator")


def _resource_variables(arena: ArenaRun, resource_variables: int) -> None:
    """MicroResourceVariables::Create, if the application calls it."""
    if resource_variables:
        variables_bytes = layouts.MICRO_RESOURCE_VARIABLE.size_bytes(arena.abi) * resource_variables
        head_bytes = layouts.MICRO_RESOURCE_VARIABLES.size_bytes(arena.abi)
        arena.allocate_buffer(TailCategory.PERSISTENT_BUFFERS, head_bytes, "resource variables")
        arena.allocate_buffer(TailCategory.PERSISTENT_BUFFERS, variables_bytes, "table of resource variables")


def _build(arena: ArenaRun, model: Model, target: Target) -> None:
    """MicroAllocator::StartModelAllocation."""
    arena.at(ArenaStep.BUILD)
    arena.allocate_layout(TailCategory.ALLOCATOR, layouts.MICRO_BUILTIN_DATA_ALLOCATOR, "allocator of parameters")
    arena.reserve_head(_slots_bytes(arena, 0))
    graphs = layouts.SUBGRAPH_ALLOCATIONS_COMPRESSION if target.compression else layouts.SUBGRAPH_ALLOCATIONS
    arena.allocate_table(TailCategory.SUBGRAPH_ALLOCATIONS, graphs, len(model.graphs), "table of graphs")
    for index, graph in enumerate(model.graphs):
        what = f"tensors of graph {index}"
        arena.allocate_table(TailCategory.EVAL_TENSORS, layouts.TFLITE_EVAL_TENSOR, len(graph.tensors), what)
    nodes = layouts.NODE_AND_REGISTRATION if target.static_memory else layouts.NODE_AND_REGISTRATION_DYNAMIC
    for index, graph in enumerate(model.graphs):
        what = f"operators of graph {index}"
        arena.allocate_table(TailCategory.NODE_AND_REGISTRATIONS, nodes, len(graph.ops), what)


def _slots_bytes(arena: ArenaRun, requests: int) -> int:
    return layouts.SCRATCH_BUFFER_REQUEST.size_bytes(arena.abi) * (_SCRATCH_SLOTS_PER_OP + requests)


def _operators(arena: ArenaRun, asked: ModelAsked, target: Target) -> int:
    """Parse, initialise and prepare all operators; return the number of scratch buffers asked for."""
    for item in asked.ops:
        if item.builtin is not None:
            arena.at(ArenaStep.PARSE, item.op.id)
            arena.allocate_layout(TailCategory.BUILTIN_DATA, item.builtin, "parameters", item.op.id)
    for item in asked.ops:
        arena.at(ArenaStep.INIT, item.op.id)
        _serve(arena, item.init, item.op.id, target)
    scratches = 0
    for item in asked.ops:
        arena.at(ArenaStep.PREPARE, item.op.id)
        scratches += _serve(arena, item.prepare, item.op.id, target)
        # MicroAllocator::FinishPrepareNodeAllocations
        _note_transient(arena)
        arena.reserve_head(_slots_bytes(arena, scratches))
    return scratches


def _serve(arena: ArenaRun, asked: Asked, op: OpId, target: Target) -> int:
    """Serve the requests of an operator in order; return the number of scratch buffers among them."""
    scratches = 0
    for kind, amount, what in asked:
        if kind is Ask.PERSISTENT:
            arena.allocate_buffer(TailCategory.PERSISTENT_BUFFERS, amount, what, op)
        elif kind is Ask.UNWRITTEN:
            arena.allocate_unwritten(TailCategory.PERSISTENT_BUFFERS, amount, what, op)
        elif kind is Ask.TEMP:
            _temp_tensor(arena, amount, target.static_memory)
        elif kind is Ask.HOLD:
            arena.hold_temps(arena.temp_bytes, arena.temp_bytes)
        elif kind is Ask.SCRATCH:
            scratches += 1
    return scratches


@dataclass(frozen=True, slots=True)
class _TempSizes:
    """Sizes of what AllocateTempTfLiteTensor takes; all but the zero points are multiples of `alignment`."""

    alignment: int
    tensor_bytes: int
    tensor_needed_bytes: int
    affine_bytes: int
    affine_needed_bytes: int


def _tensor(static_memory: bool) -> StructLayout:
    return layouts.TFLITE_TENSOR if static_memory else layouts.TFLITE_TENSOR_DYNAMIC


@cache
def _temp_sizes(abi: Abi, static_memory: bool) -> _TempSizes:
    affine = layouts.TFLITE_AFFINE_QUANTIZATION
    tensor_bytes = _tensor(static_memory).size_bytes(abi)
    alignment = _tensor(static_memory).alignment_bytes(abi)
    needed_bytes = (_TENSOR_NEEDED if static_memory else layouts.TFLITE_TENSOR_DYNAMIC_NEEDED).size_bytes(abi)
    return _TempSizes(
        alignment, tensor_bytes, needed_bytes, affine.size_bytes(abi), 2 * layouts.POINTER.size_bytes(abi)
    )


def _temp_tensor(arena: ArenaRun, scales: int, static_memory: bool) -> None:
    """MicroAllocator::AllocateTempTfLiteTensor; its last fields and the zero points are of no use to a kernel later."""
    sizes = _temp_sizes(arena.abi, static_memory)
    begin = align_up(arena.temp_bytes, sizes.alignment)
    end = begin + sizes.tensor_bytes
    guarded = begin + sizes.tensor_needed_bytes
    if scales:
        guarded = end + sizes.affine_needed_bytes
        end += sizes.affine_bytes + layouts.int_array_size_bytes(scales)
    arena.hold_temps(end, guarded)


def _note_transient(arena: ArenaRun) -> None:
    arena.transient_bytes = max(arena.transient_bytes, arena.temp_bytes)


def _plan(arena: ArenaRun, model: Model, asked: ModelAsked, scratches: int, plan: PlanFacts) -> None:
    """MicroAllocator::FinishModelAllocation and CommitStaticMemoryPlan."""
    if scratches:
        arena.at(ArenaStep.SCRATCH_HANDLES)
        arena.allocate_table(
            TailCategory.SCRATCH_HANDLES, layouts.SCRATCH_BUFFER_HANDLE, scratches, "handles of scratch buffers"
        )
    arena.at(ArenaStep.PLANNER)
    tensors = sum(len(graph.tensors) for graph in model.graphs)
    arena.temp_layout(layouts.SIZE, len(model.graphs))
    arena.temp_layout(layouts.ALLOCATION_INFO, tensors + scratches)
    _variables(arena, model, asked)
    if not plan.own_planner:
        # GetAvailableMemory aligns both ends of what is left; the planner must find room for all its buffers there.
        arena.tail_bytes, used_bytes = align_up(arena.tail_bytes, ARENA_ALIGNMENT_BYTES), arena.tail_bytes
        arena.temp(layouts.GREEDY_PER_BUFFER.size_bytes(arena.abi) * plan.buffers, ARENA_ALIGNMENT_BYTES)
        arena.tail_bytes = used_bytes
    _note_transient(arena)
    arena.at(ArenaStep.PLAN)
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
                arena.allocate_buffer(TailCategory.VARIABLES, size_bytes, f"variable '{tensor.name}'")


def _interface(arena: ArenaRun, role: str, layout: StructLayout, tensors: list[Tensor]) -> None:
    """The array of inputs or outputs, and a TfLiteTensor for each."""
    pointers_bytes = layouts.POINTER.size_bytes(arena.abi) * len(tensors)
    arena.allocate_buffer(TailCategory.PERSISTENT_BUFFERS, pointers_bytes, f"array of {role}s")
    for tensor in tensors:
        arena.allocate_layout(TailCategory.PERSISTENT_TENSORS, layout, f"{role} '{tensor.name}'")
        scales = described_scales(tensor)
        if scales:
            what = f"quantisation of {role} '{tensor.name}'"
            arena.allocate_layout(TailCategory.QUANTIZATION, layouts.TFLITE_AFFINE_QUANTIZATION, what)
            size_bytes = layouts.int_array_size_bytes(scales)
            alignment = layouts.TFLITE_INT_ARRAY.alignment_bytes(arena.abi)
            arena.allocate(TailCategory.QUANTIZATION, size_bytes, alignment, what)
