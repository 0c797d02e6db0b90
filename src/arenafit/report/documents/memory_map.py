"""The memory map as plain data: every buffer of the head as a box of address and time, the live curve, the tail."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from arenafit.ir import Model, OpId, TensorId
from arenafit.report.documents.inspection_head import occupancy, touched, unreached
from arenafit.tflm import Footprint, PlannedBuffer

_BEFORE = -1  # the scope of buffers that nobody uses


@dataclass(frozen=True, slots=True)
class MapBuffer:
    """A box of the map: addresses [offset, end), steps [first, last] inclusive.

    `kind` is input, output, activation, scratch, orphan (planned, yet used by nobody) or
    unreached (of a graph that the first one never runs, as another signature's). Operators are numbers of
    operator rows; a tensor that no operator writes has no `producer`. `fixed`: placed by an offline plan.
    """

    number: int
    name: str
    kind: str
    graph: int
    shape: tuple[int, ...]
    dtype: str
    size_bytes: int
    offset_bytes: int
    end_bytes: int
    first: int
    last: int
    producer: int | None
    consumers: tuple[int, ...]
    fixed: bool


@dataclass(frozen=True, slots=True)
class MapStep:
    """A step of time (TFLM's allocation scope): the operator it belongs to, None before the first, and live bytes.

    `live_bytes` counts memory that buffers share once, `unshared_bytes` as often as there are buffers in it.
    """

    scope: int
    op: int | None
    graph: int
    live_bytes: int
    unshared_bytes: int


@dataclass(frozen=True, slots=True)
class MapTail:
    """A part of the tail: a category, its bytes, and its largest allocations (what, bytes)."""

    category: str
    size_bytes: int
    count: int
    largest: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class MapShare:
    """What one operator row (None: the model itself) holds in the tail, and its largest allocations (what, bytes)."""

    op: int | None
    size_bytes: int
    count: int
    largest: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class MemoryMap:
    """The arena over time. The head grows from address 0, the tail ends at `arena_bytes`; between them is free.

    `peak` is the index into `steps` of the step where most bytes live (`bound_bytes`): no plan with the same sharing
    is lower. `unshared_bytes` is that bound if no buffers shared memory. `tail` is the tail by category, `tail_ops` the
    same bytes by operator, both from the largest down.
    """

    arena_bytes: int
    head_bytes: int
    tail_bytes: int
    bound_bytes: int
    unshared_bytes: int
    peak: int
    steps: tuple[MapStep, ...]
    buffers: tuple[MapBuffer, ...]
    tail: tuple[MapTail, ...]
    tail_ops: tuple[MapShare, ...]


def op_numbers(model: Model) -> Mapping[OpId, int]:
    """Return the number of each operator's row: graph by graph, in file order."""
    return {op.id: number for number, op in enumerate(op for graph in model.graphs for op in graph.ops)}


def memory_map(model: Model, footprint: Footprint) -> MemoryMap:
    """Return the map of a footprint of `model`."""
    numbers = op_numbers(model)
    graph_of = {op.id: index for index, graph in enumerate(model.graphs) for op in graph.ops}
    steps = tuple(_steps(footprint, numbers, graph_of))
    peak = max(range(len(steps)), key=lambda index: steps[index].live_bytes)
    return MemoryMap(
        arena_bytes=footprint.min_arena_bytes,
        head_bytes=footprint.head_bytes,
        tail_bytes=footprint.tail_bytes,
        bound_bytes=steps[peak].live_bytes,
        unshared_bytes=footprint.bound_bytes,
        peak=peak,
        steps=steps,
        buffers=tuple(_Boxes(model, numbers).box(number, item) for number, item in enumerate(footprint.plan)),
        tail=_tail(model, footprint),
        tail_ops=_tail_ops(footprint, numbers),
    )


def _steps(footprint: Footprint, numbers: Mapping[OpId, int], graph_of: Mapping[OpId, int]) -> Iterator[MapStep]:
    has_orphans = any(item.buffer.live.first == _BEFORE for item in footprint.plan)
    op_at = footprint.lifetimes.op_at
    occupied = occupancy(footprint)
    for scope in footprint.lifetimes.told:
        if scope == _BEFORE and not has_orphans:
            continue
        op = op_at.get(scope)
        number = None if op is None else numbers[op]
        graph = 0 if op is None else graph_of[op]
        yield MapStep(scope, number, graph, occupied.at(scope), footprint.live_bytes.get(scope, 0))


class _Boxes:
    def __init__(self, model: Model, numbers: Mapping[OpId, int]) -> None:
        self.model = model
        self.numbers = numbers
        self.inputs = {tensor for graph in model.graphs for tensor in graph.inputs}
        self.outputs = {tensor for graph in model.graphs for tensor in graph.outputs}
        self.touched = touched(model)
        self.unreached = unreached(model)

    def box(self, number: int, item: PlannedBuffer) -> MapBuffer:
        buffer = item.buffer
        tensor = None if buffer.tensor is None else self.model.tensors[buffer.tensor]
        producer, consumers = self._ends(item)
        return MapBuffer(
            number=number,
            name=buffer.what if tensor is None else tensor.name,
            kind=self._kind(item),
            graph=buffer.graph,
            shape=() if tensor is None else tensor.shape,
            dtype="" if tensor is None else tensor.dtype.label.lower(),
            size_bytes=buffer.size_bytes,
            offset_bytes=item.offset_bytes,
            end_bytes=item.end_bytes,
            first=buffer.live.first,
            last=buffer.live.end - 1,
            producer=producer,
            consumers=consumers,
            fixed=buffer.fixed_offset_bytes is not None,
        )

    def _kind(self, item: PlannedBuffer) -> str:
        tensor = item.buffer.tensor
        if tensor is None:
            return "scratch"
        if item.buffer.live.first == _BEFORE and tensor not in self.touched:
            return "orphan"
        if item.buffer.live.first == _BEFORE and tensor in self.unreached:
            return "unreached"
        if tensor in self.inputs:
            return "input"
        return "output" if tensor in self.outputs else "activation"

    def _ends(self, item: PlannedBuffer) -> tuple[int | None, tuple[int, ...]]:
        buffer = item.buffer
        if buffer.tensor is None:
            return (None, ()) if buffer.op is None else (self.numbers[buffer.op], ())
        graph = self.model.graphs[buffer.graph]
        producer = graph.producers.get(buffer.tensor)
        consumers = tuple(self.numbers[op.id] for op in graph.uses.get(buffer.tensor, ()))
        return None if producer is None else self.numbers[producer.id], consumers


def _tail(model: Model, footprint: Footprint) -> tuple[MapTail, ...]:
    parts: dict[str, list[tuple[str, int]]] = {}
    for item in footprint.tail:
        owner = "" if item.op is None else f"{model.ops[item.op].code.label}: "
        parts.setdefault(item.category.value, []).append((f"{owner}{item.what}", item.size_bytes))
    rows = []
    for category, items in parts.items():
        largest = tuple(sorted(items, key=lambda part: -part[1])[:4])
        rows.append(MapTail(category, sum(size for _, size in items), len(items), largest))
    return tuple(sorted(rows, key=lambda row: -row.size_bytes))


def _tail_ops(footprint: Footprint, numbers: Mapping[OpId, int]) -> tuple[MapShare, ...]:
    parts: dict[int | None, list[tuple[str, int]]] = {}
    for item in footprint.tail:
        parts.setdefault(None if item.op is None else numbers[item.op], []).append((item.what, item.size_bytes))
    rows = (
        MapShare(op, sum(size for _, size in items), len(items), tuple(sorted(items, key=lambda part: -part[1])[:4]))
        for op, items in parts.items()
    )
    return tuple(sorted(rows, key=lambda row: -row.size_bytes))


def planned_tensors(footprint: Footprint) -> Mapping[TensorId, int]:
    """Return the place of each planned tensor in the plan."""
    found = {}
    for number, item in enumerate(footprint.plan):
        if item.buffer.tensor is not None:
            found[item.buffer.tensor] = number
    return found
