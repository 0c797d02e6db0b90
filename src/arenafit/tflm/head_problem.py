"""The planning problem that TFLM's planner gets: the same buffers, in the same order.

Mirrors AllocationInfoBuilder::InitializeAllocationInfo (micro_allocation_info.cc) and CreatePlan (micro_allocator.cc)
of tensorflow/lite/micro (commit 90b983c2): the tensors of all graphs in file order, then the scratch buffers in the
order of their requests. Offline offsets become fixed ones.
"""

from dataclasses import dataclass

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, OpId, Tensor, TensorId
from arenafit.kernels.protocol import Ask, PrepareState
from arenafit.kernels.sizes import holds_data, tensor_size_bytes
from arenafit.planning.problem import Buffer, BufferId, Interval, Problem
from arenafit.tflm.kernel_requests import ModelAsked
from arenafit.tflm.liveness import Lifetimes


@dataclass(frozen=True, slots=True)
class PlannedBuffers:
    """A buffer of the head: a tensor, or a scratch buffer of an operator."""

    size_bytes: int  # as asked for; the plan rounds it up to 16
    live: Interval
    graph: int
    tensor: TensorId | None  # None for a scratch buffer
    op: OpId | None  # the operator that asked for a scratch buffer
    what: str
    fixed_offset_bytes: int | None = None


def planned_buffers(model: Model, asked: ModelAsked, alive: Lifetimes) -> list[PlannedBuffers]:
    """Return the buffers that TFLM plans into the head, in its order.

    Raises:
        UnsupportedModelError: if an intermediate tensor has a size, or a type is unknown; TFLM refuses these.
    """
    _check_intermediates(model)
    offline = model.offline_plan or {}
    buffers: list[PlannedBuffers] = []
    for index, graph in enumerate(model.graphs):
        for tensor in graph.tensors:
            size_bytes = tensor_size_bytes(tensor, asked.state.shapes.get(tensor.id))
            offset = offline.get(tensor.id)
            if _needs_allocating(tensor, size_bytes, offset, asked.state):
                buffers.append(
                    PlannedBuffers(size_bytes, alive.interval(tensor.id), index, tensor.id, None, tensor.name, offset)
                )
    for item in asked.ops:
        live = alive.scratch_interval(item.op.id)
        buffers.extend(
            PlannedBuffers(size_bytes, live, item.graph, None, item.op.id, what)
            for kind, size_bytes, what in item.prepare
            if kind is Ask.SCRATCH
        )
    return buffers


def planning_problem(buffers: list[PlannedBuffers]) -> Problem:
    """Return the problem; the id of a buffer is its place in the list."""
    return Problem(
        tuple(
            Buffer(BufferId(index), item.size_bytes, item.live, item.fixed_offset_bytes)
            for index, item in enumerate(buffers)
        )
    )


def _needs_allocating(tensor: Tensor, size_bytes: int, offset: int | None, state: PrepareState) -> bool:
    if tensor.is_variable:
        return offset is not None
    return size_bytes > 0 and not holds_data(tensor) and tensor.id not in state.bound


def _check_intermediates(model: Model) -> None:
    for index, graph in enumerate(model.graphs):
        for op in graph.ops:
            for key in op.intermediates:
                if tensor_size_bytes(graph.by_id[key]):
                    raise UnsupportedModelError(
                        f"graph {index}, {op.code.label}: intermediate tensor '{graph.by_id[key].name}' has a size;"
                        " TFLM refuses the model"
                    )
