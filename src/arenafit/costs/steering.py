"""Which tensors can steer control flow: found backwards from loop conditions, over copies, views and computations."""

from collections.abc import Mapping
from dataclasses import dataclass

from arenafit.costs.core import Core
from arenafit.costs.site import Site
from arenafit.costs.work import op_costs
from arenafit.ir import DType, Graph, Model, Op, Tensor, TensorId

# Control state is small; larger results are activations.
_MAX_CONTROL_BYTES = 1024
_INTEGERS = {DType.INT32, DType.INT64, DType.BOOL, DType.INT8, DType.INT16, DType.UINT8}


@dataclass(frozen=True, slots=True)
class Steering:
    """What a walk over control flow has to look at.

    Attributes:
        touched: tensors that steer, and those whose bytes overlap one that does.
        plans: for each graph the operators that write such tensors or run other graphs, in order; with a site those
            whose results can be computed.
    """

    touched: frozenset[TensorId]
    plans: tuple[tuple[tuple[Op, Site | None], ...], ...]


def find_steering(model: Model, addresses: Mapping[TensorId, int]) -> Steering:
    """Return what steers the control flow of `model`, with tensors at `addresses` in the arena."""
    search = _Search(model, addresses)
    search.run()
    touched = frozenset(search.touched)
    plans = tuple(
        tuple(
            (op, None if op.subgraphs else search.computable(op))
            for op in graph.ops
            if op.subgraphs or not touched.isdisjoint(op.outputs)
        )
        for graph in model.graphs
    )
    return Steering(touched, plans)


class _Search:
    """Works a queue of tensors that steer until nothing new turns up."""

    def __init__(self, model: Model, addresses: Mapping[TensorId, int]) -> None:
        self.touched: set[TensorId] = set()
        self._model = model
        self._graphs = {op.id: graph for graph in model.graphs for op in graph.ops}
        self._writers: dict[TensorId, list[Op]] = {}
        self._sources: dict[TensorId, list[TensorId]] = {}
        self._queue: list[TensorId] = []
        self._placed = [
            (start, start + tensor.size_bytes, tensor)
            for tensor in model.all_tensors()
            if (start := addresses.get(tensor.id)) is not None and not tensor.is_constant
        ]
        self._addresses = addresses
        self._sites: dict[int, Site | None] = {}

    def run(self) -> None:
        """Find everything that steers."""
        for graph in self._model.graphs:
            for op in graph.ops:
                self._index(graph, op)
        while self._queue:
            self._trace(self._model.tensors[self._queue.pop()])

    def computable(self, op: Op) -> Site | None:
        """Return the site of an operator whose results can be computed, None of any other."""
        if op.id not in self._sites:
            self._sites[op.id] = self._make_site(self._graphs[op.id], op)
        return self._sites[op.id]

    def _make_site(self, graph: Graph, op: Op) -> Site | None:
        rule = op_costs().get(op.name)
        if rule is None or rule.evaluate is None:
            return None
        outputs = graph.outputs_of(op)
        small = all(tensor.dtype in _INTEGERS and tensor.size_bytes <= _MAX_CONTROL_BYTES for tensor in outputs)
        # What is computed does not depend on the core.
        return Site(op, graph, Core.M4_REFERENCE, None, self._model) if small else None

    def _index(self, graph: Graph, op: Op) -> None:
        for output in op.outputs:
            self._writers.setdefault(output, []).append(op)
        rule = op_costs().get(op.name) if op.subgraphs else None
        if rule is None or rule.flow is None:
            return
        flow = rule.flow(Site(op, graph, Core.M4_REFERENCE, None, self._model))
        for source, target in flow.copies:
            self._sources.setdefault(target, []).append(source)
        for tensor in flow.decides:
            self._add(tensor)

    def _add(self, tensor: TensorId) -> None:
        if tensor not in self.touched:
            self.touched.add(tensor)
            self._queue.append(tensor)

    def _trace(self, tensor: Tensor) -> None:
        for source in self._sources.get(tensor.id, ()):
            self._add(source)
        for op in self._writers.get(tensor.id, ()):
            if not op.subgraphs and self.computable(op) is not None:
                for operand in op.operands:
                    self._add(operand)
        start = self._addresses.get(tensor.id)
        # Beyond this size it only overwrites control state, and what overlaps it need not be known.
        if start is None or tensor.size_bytes > _MAX_CONTROL_BYTES:
            return
        end = start + tensor.size_bytes
        for first, last, other in self._placed:
            if first < end and start < last:
                self._add(other.id)
