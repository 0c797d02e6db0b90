"""What all operators of a model ask for, in the order in which TFLM parses, initialises and prepares them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from arenafit.errors import MALFORMED, RefusedModelError, UnsupportedModelError
from arenafit.ir import Model, Op, OpId
from arenafit.kernels import find
from arenafit.kernels.protocol import Ask, Kernel, PrepareState, PrepareStep, Requests
from arenafit.records import record
from arenafit.targets.abi import StructLayout
from arenafit.targets.target import Target
from arenafit.validity import absent

# kCompressionMetadataString of tensorflow/lite/micro/compression.h
_COMPRESSION_METADATA = "COMPRESSION_METADATA"

Asked = tuple[tuple[Ask, int, str], ...]  # kind, bytes (number of scales for a temporary tensor), what


@record(frozen=True)
class OpAsked:
    """The requests of one operator."""

    op: Op
    graph: int
    position: int
    builtin: StructLayout | None
    init: Asked
    prepare: Asked

    @property
    def scratches_bytes(self) -> list[int]:
        """Sizes of its scratch buffers, with what the kernel writes behind them."""
        sizes = [size_bytes for kind, size_bytes, _ in self.prepare if kind is Ask.SCRATCH]
        if sizes:
            sizes[-1] += self.overrun_bytes
        return sizes

    @property
    def overrun_bytes(self) -> int:
        """What the kernel writes behind its last scratch buffer."""
        return sum(size_bytes for kind, size_bytes, _ in self.prepare if kind is Ask.OVERRUN)


@dataclass(frozen=True, slots=True)
class ModelAsked:
    """The requests of all operators, graph by graph, and what preparing them changed."""

    ops: tuple[OpAsked, ...]
    state: PrepareState
    unknown: tuple[str, ...]  # operators left out because their kernels are not known


def overruns_bytes(asked: ModelAsked) -> Mapping[OpId, int]:
    """Return what kernels write behind the last scratch buffer of their operator, where they do."""
    return {item.op.id: item.overrun_bytes for item in asked.ops if item.overrun_bytes}


def ask(model: Model, target: Target, *, estimate: bool = False) -> ModelAsked:
    """Return what the kernels of `target` ask for.

    Mirrors MicroInterpreter::AllocateTensors: all operators are initialised before the first is prepared.

    Raises:
        UnsupportedModelError: for an operator without a kernel file, unless `estimate` leaves it out.
    """
    state = PrepareState()
    unknown = _compressed(model, target, estimate)
    found = list(_kernels(model, unknown, estimate))
    inits = [_init(item, model, target, state) for item in found]
    prepares = [_prepare(item, model, target, state) for item in found]
    ops = tuple(
        OpAsked(item.op, item.graph, item.position, item.parameters(target), init, prepare)
        for item, init, prepare in zip(found, inits, prepares, strict=True)
    )
    return ModelAsked(ops, state, tuple(unknown))


def _compressed(model: Model, target: Target, estimate: bool) -> list[str]:
    """Return that the tables of compressed tensors are not counted, if there are any and the target reads them."""
    if not target.compression or all(name != _COMPRESSION_METADATA for name, _ in model.metadata):
        return []
    what = "the model has compressed tensors, whose tables in the arena are not known"
    if not estimate:
        raise UnsupportedModelError(f"{what}; run it on a target without compression, or estimate")
    return [what]


@record(frozen=True)
class _Found:
    """An operator with its kernel; None if its memory is not known."""

    op: Op
    graph: int
    position: int
    kernel: Kernel | None

    def parameters(self, target: Target) -> StructLayout | None:
        return self.kernel.parameters(target.tflm) if self.kernel else None


def _kernels(model: Model, unknown: list[str], estimate: bool) -> Iterator[_Found]:
    for index, graph in enumerate(model.graphs):
        for position, op in enumerate(graph.ops):
            kernel = find(op.code)
            if kernel is None:
                where = f"graph {index}, operator {position} ({op.code.label})"
                if not estimate:
                    raise RefusedModelError(f"{where}: {absent.clause(op.code)}; {absent.advice(op.code)}")
                unknown.append(f"{where}: its kernel's memory is not known and not counted")
            yield _Found(op, index, position, kernel)


def _init(found: _Found, model: Model, target: Target, state: PrepareState) -> Asked:
    if found.kernel is None:
        return ()
    memory = found.kernel.memory(target.kernels)
    init = memory.init_compression if target.compression and memory.init_compression else memory.init
    if memory.init_until is not None and target.tflm < memory.init_until[0]:
        init = memory.init_until[1]
    if init is None:
        return ()
    if isinstance(init, StructLayout):
        return ((Ask.PERSISTENT, init.size_bytes(target.abi), "operator data"),)
    requests = Requests(found.op, model.graphs[found.graph], target, state)
    _take(init, requests, found)
    return tuple(requests.asked)


def _prepare(found: _Found, model: Model, target: Target, state: PrepareState) -> Asked:
    prepare = found.kernel.memory(target.kernels).prepare if found.kernel else None
    if prepare is None:
        return ()
    requests = Requests(found.op, model.graphs[found.graph], target, state)
    _take(prepare, requests, found)
    return tuple(requests.asked)


def _take(step: PrepareStep, requests: Requests, found: _Found) -> None:
    try:
        step(requests)
    except MALFORMED as error:
        # Kernel files take for granted what TFLM's Prepare insists on: ranks, strides above zero.
        where = f"graph {found.graph}, operator {found.position} ({found.op.code.label})"
        raise UnsupportedModelError(
            f"{where}: its operands or options are not such that its TFLM kernel takes them"
        ) from error
