"""Which bytes of which tensors are the same bytes, as copies of each other: what kernels' sharing rules say of content.

A reshape is its operand, a part of a split is a run of it, a concatenation is its operands one after another. Tensors
may lie over each other wherever the bytes they have in common there are the same.
"""

from collections.abc import Iterable, Mapping

from arenafit.ir import Graph, Model, Op, TensorId
from arenafit.kernels import find
from arenafit.kernels.sharing import OperandOverlap
from arenafit.layout.content_lifetimes import Timeline
from arenafit.records import record
from arenafit.targets.libraries import KernelLibrary


@record(frozen=True)
class Run:
    """Bytes [first, end) of a tensor, which are the bytes of `origin` from `origin_first` on."""

    first: int
    end: int
    origin: TensorId
    origin_first: int


def ways(graph: Graph, op: Op, *, library: KernelLibrary | None = None) -> Iterable[OperandOverlap]:
    """Return what the kernel of `op` permits its outputs to do with the memory of its operands.

    With a `library` what holds in it alone, besides what holds in all.
    """
    kernel = find(op.code)
    if kernel is None or kernel.sharing is None:
        return ()
    return tuple(kernel.sharing.ways(graph, op, library=library))


class Contents:
    """The runs of every tensor that a model makes."""

    def __init__(self, model: Model, times: Timeline, views: Iterable[tuple[TensorId, TensorId]] = ()) -> None:
        """Follow the operators of each graph in their order; `views` are tensors with what they show, never written."""
        self._sizes = {tensor.id: tensor.size_bytes for tensor in model.all_tensors()}
        self._runs: dict[TensorId, tuple[Run, ...]] = {}
        for graph in model.graphs:
            written = [output for op in graph.ops for output in op.outputs]
            # What is written more than once holds other bytes later: nothing is a copy of it.
            changing = {tensor for tensor in written if written.count(tensor) > 1}
            for op in graph.ops:
                self._follow(graph, op, changing, times)
        for tensor, view in views:
            self._runs[view] = self._of(tensor)

    def same(self, one: TensorId, at: int, other: TensorId, other_at: int) -> bool:
        """Whether the bytes that both have in common at these places are the same."""
        low = max(at, other_at)
        high = min(at + self._sizes[one], other_at + self._sizes[other])
        return self._part(one, low - at, high - at) == self._part(other, low - other_at, high - other_at)

    def _part(self, tensor: TensorId, first: int, end: int) -> list[tuple[TensorId, int, int]]:
        """Return bytes [first, end) as (origin, first byte of it, how many), neighbours joined."""
        found: list[tuple[TensorId, int, int]] = []
        for run in self._of(tensor):
            low, high = max(first, run.first), min(end, run.end)
            if low >= high:
                continue
            origin_first = run.origin_first + low - run.first
            if found and found[-1][0] == run.origin and sum(found[-1][1:]) == origin_first:
                found[-1] = (run.origin, found[-1][1], found[-1][2] + high - low)
            else:
                found.append((run.origin, origin_first, high - low))
        return found

    def _of(self, tensor: TensorId) -> tuple[Run, ...]:
        return self._runs.get(tensor, (Run(0, self._sizes[tensor], tensor, 0),))

    def _follow(self, graph: Graph, op: Op, changing: set[TensorId], times: Timeline) -> None:
        copies: Mapping[int, list[OperandOverlap]] = {}
        for way in ways(graph, op):
            operand = op.inputs[way.operand]
            if way.same_content and way.wanted_bytes is not None and operand not in changing and operand in times.live:
                copies = {**copies, way.output: [*copies.get(way.output, []), way]}
        for position, found in copies.items():
            output = op.outputs[position]
            if output not in changing:
                self._runs[output] = self._copied(op, output, found)

    def _copied(self, op: Op, output: TensorId, copies: Iterable[OperandOverlap]) -> tuple[Run, ...]:
        size, runs = self._sizes[output], list[Run]()
        for way in copies:
            operand, distance = op.inputs[way.operand], way.wanted_bytes
            if operand is None or distance is None:
                continue
            for run in self._of(operand):
                low, high = max(0, run.first - distance), min(size, run.end - distance)
                if low < high:
                    runs.append(Run(low, high, run.origin, run.origin_first + low + distance - run.first))
        return tuple(_filled(sorted(runs, key=lambda run: run.first), output, size))


def _filled(runs: Iterable[Run], tensor: TensorId, size: int) -> Iterable[Run]:
    """Yield the runs, and what lies between them as the tensor's own bytes."""
    reached = 0
    for run in runs:
        if run.first > reached:
            yield Run(reached, run.first, tensor, reached)
        yield run
        reached = max(reached, run.end)
    if reached < size:
        yield Run(reached, size, tensor, reached)
