"""The planning problem that TFLM's planner gets: the same buffers, in the same order.

Mirrors AllocationInfoBuilder::InitializeAllocationInfo (micro_allocation_info.cc) and CreatePlan (micro_allocator.cc)
of tensorflow/lite/micro (commit 90b983c2): the tensors of all graphs in file order, then the scratch buffers in the
order of their requests. Offline offsets become fixed ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from arenafit.errors import PlanError, UnsupportedModelError
from arenafit.ir import Model, OpId, Tensor, TensorId
from arenafit.kernels.protocol import Ask, PrepareState
from arenafit.kernels.sizes import holds_data, tensor_size_bytes
from arenafit.planning.planners import tflm_greedy
from arenafit.planning.problem import Buffer, BufferId, Interval, Plan, Problem
from arenafit.records import record
from arenafit.targets.target import Target
from arenafit.tflm.kernel_requests import ModelAsked, ask
from arenafit.tflm.liveness import Lifetimes, lifetimes
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up


@record(frozen=True)
class PlannedBuffers:
    """A buffer of the head: a tensor, or a scratch buffer of an operator."""

    size_bytes: int  # as asked for; the plan rounds it up to 16
    live: Interval
    graph: int
    tensor: TensorId | None  # None for a scratch buffer
    op: OpId | None  # the operator that asked for a scratch buffer
    what: str
    fixed_offset_bytes: int | None = None


@record(frozen=True)
class PlannedBuffer:
    """A buffer of the head with its place."""

    buffer: PlannedBuffers
    offset_bytes: int

    @property
    def end_bytes(self) -> int:
        """Where it ends, rounded up as TFLM does."""
        return self.offset_bytes + align_up(self.buffer.size_bytes, ARENA_ALIGNMENT_BYTES)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a model on a target, as TFLM plans it, and what its operators asked for.

    `plan` has the buffers in the order in which TFLM's planner gets them.
    """

    asked: ModelAsked
    problem: Problem
    plan: tuple[PlannedBuffer, ...]
    height_bytes: int


def heads(
    model: Model, targets: Sequence[Target], alive: Lifetimes | None = None, *, estimate: bool = False
) -> Iterator[Head]:
    """Yield the head of `model` on each of `targets`, as each is asked for; what they share is found once.

    Raises:
        UnsupportedModelError: naming the operator whose kernel is not known (unless `estimate` leaves out what it asks
            for), or what TFLM does not support.
    """
    lives = lifetimes(model) if alive is None else alive
    known: list[tuple[PrepareState, list[PlannedBuffers]]] = []
    for target in targets:
        asked = ask(model, target, estimate=estimate)
        # Which tensors are planned, and their sizes, seldom hang on the kernels.
        tensors = next((found for state, found in known if state == asked.state), None)
        if tensors is None:
            tensors = _tensor_buffers(model, asked.state, lives)
            known.append((asked.state, tensors))
        buffers = [*tensors, *_scratch_buffers(asked, lives)]
        problem = _problem(buffers)
        plan = _planned(problem)
        placed = (PlannedBuffer(item, plan.offsets_bytes[BufferId(index)]) for index, item in enumerate(buffers))
        yield Head(asked, problem, tuple(placed), plan.height_bytes)


@lru_cache(maxsize=4)
def _planned(problem: Problem) -> Plan:
    """Return the plan that TFLM makes; most targets pose the same problem."""
    plan = tflm_greedy.PLANNER.plan(problem)
    if not isinstance(plan, Plan):
        raise PlanError("TFLM's planner came to no plan, which it always does")
    return plan


def _tensor_buffers(model: Model, state: PrepareState, alive: Lifetimes) -> list[PlannedBuffers]:
    _check_intermediates(model)
    offline = model.offline_plan or {}
    buffers: list[PlannedBuffers] = []
    for index, graph in enumerate(model.graphs):
        for tensor in graph.tensors:
            size_bytes = tensor_size_bytes(tensor, state.shapes.get(tensor.id))
            offset = offline.get(tensor.id)
            if _needs_allocating(tensor, size_bytes, offset, state):
                buffers.append(
                    PlannedBuffers(size_bytes, alive.interval(tensor.id), index, tensor.id, None, tensor.name, offset)
                )
    return buffers


def _scratch_buffers(asked: ModelAsked, alive: Lifetimes) -> Iterator[PlannedBuffers]:
    for item in asked.ops:
        live = alive.scratch_interval(item.op.id)
        for kind, size_bytes, what in item.prepare:
            if kind is Ask.SCRATCH:
                yield PlannedBuffers(size_bytes, live, item.graph, None, item.op.id, what)


def _problem(buffers: list[PlannedBuffers]) -> Problem:
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
