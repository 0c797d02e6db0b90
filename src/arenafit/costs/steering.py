"""Which tensors can steer control flow: found backwards from loop conditions, over copies, views and computations."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from arenafit.costs.core import Core
from arenafit.costs.site import OpContext
from arenafit.costs.work import op_costs
from arenafit.ir import DType, Graph, Model, Op, Tensor, TensorId
from arenafit.records import record

# Control state is small; larger results are activations, unless they are made of constants alone.
_MAX_CONTROL_BYTES = 1024
_INTEGERS = {DType.INT32, DType.INT64, DType.BOOL, DType.INT8, DType.INT16, DType.UINT8}


class Action(Enum):
    """What a walk does about an operator."""

    FOLLOW = auto()  # it runs other graphs
    COMPUTE = auto()  # its results are computed
    OVERWRITE = auto()  # it writes unknown values, where is computed
    LOSE = auto()  # it writes unknown values


@record(frozen=True)
class SteeringStep:
    """An operator that a walk has to look at."""

    site: OpContext
    action: Action


@dataclass(frozen=True, slots=True)
class Steering:
    """What a walk over control flow has to look at.

    Attributes:
        touched: tensors that steer, and those whose bytes overlap one that does.
        plans: for each graph the operators that write such tensors or run other graphs, in order.
    """

    touched: frozenset[TensorId]
    plans: tuple[tuple[SteeringStep, ...], ...]


def find_steering(model: Model, addresses: Mapping[TensorId, int]) -> Steering:
    """Return what steers the control flow of `model`, with tensors at `addresses` in the arena."""
    search = _Search(model, addresses)
    search.run()
    plans = tuple(
        tuple(search.step(op) for op in graph.ops if op.subgraphs or not search.touched.isdisjoint(op.outputs))
        for graph in model.graphs
    )
    return Steering(frozenset(search.touched), plans)


class _Search:
    """Works a queue of tensors whose values are needed until nothing new turns up."""

    def __init__(self, model: Model, addresses: Mapping[TensorId, int]) -> None:
        self.touched: set[TensorId] = set()
        self._model = model
        self._addresses = addresses
        self._graphs = {op.id: graph for graph in model.graphs for op in graph.ops}
        self._writers: dict[TensorId, list[Op]] = {}
        self._sources: dict[TensorId, list[TensorId]] = {}
        self._needed: set[TensorId] = set()
        self._queue: list[TensorId] = []
        self._placed = [
            (start, start + tensor.size_bytes, tensor.id)
            for tensor in model.all_tensors()
            if (start := addresses.get(tensor.id)) is not None and not tensor.is_constant
        ]
        self._steps: dict[int, SteeringStep] = {}

    def run(self) -> None:
        """Find everything that steers."""
        for graph in self._model.graphs:
            for op in graph.ops:
                self._index(graph, op)
        while self._queue:
            for tensor in self._overlapping(self._model.tensors[self._queue.pop()]):
                if tensor not in self.touched:
                    self.touched.add(tensor)
                    self._trace(tensor)

    def step(self, op: Op) -> SteeringStep:
        """Return what to do about an operator."""
        if op.id not in self._steps:
            # What is computed does not depend on the core.
            site = OpContext(op, self._graphs[op.id], Core.M4_REFERENCE, self._addresses, self._model)
            self._steps[op.id] = SteeringStep(site, _action(site))
        return self._steps[op.id]

    def _index(self, graph: Graph, op: Op) -> None:
        for output in op.outputs:
            self._writers.setdefault(output, []).append(op)
        rule = op_costs().get(op.name) if op.subgraphs else None
        if rule is None or rule.flow is None:
            return
        flow = rule.flow(OpContext(op, graph, Core.M4_REFERENCE, self._addresses, self._model))
        for source, target in flow.copies:
            self._sources.setdefault(target, []).append(source)
        for tensor in flow.decides:
            self._need(tensor)

    def _need(self, tensor: TensorId) -> None:
        if tensor not in self._needed:
            self._needed.add(tensor)
            self._queue.append(tensor)

    def _overlapping(self, tensor: Tensor) -> list[TensorId]:
        start = self._addresses.get(tensor.id)
        if start is None or tensor.is_constant:
            return [tensor.id]
        end = start + tensor.size_bytes
        return [other for first, last, other in self._placed if first < end and start < last]

    def _trace(self, tensor: TensorId) -> None:
        """Need what a touched tensor is made of."""
        place = self._addresses.get(tensor)
        for source in self._sources.get(tensor, ()):
            in_place = place is not None and place == self._addresses.get(source)
            if not in_place and self._model.tensors[source].size_bytes <= _MAX_CONTROL_BYTES:
                self._need(source)
        for op in self._writers.get(tensor, ()):
            step = self.step(op)
            for operand in op.operands if step.action is Action.COMPUTE else ():
                self._need(operand)
            if step.action is Action.OVERWRITE:
                self._need(step.site.operand(2).id)


def _action(site: OpContext) -> Action:
    rule = op_costs().get(site.op.name)
    if site.op.subgraphs:
        return Action.FOLLOW
    if rule is None:
        return Action.LOSE
    if rule.evaluate is None:
        return Action.LOSE if rule.overwrites is None else Action.OVERWRITE
    constant = all(tensor is None or tensor.is_constant for tensor in site.inputs)
    small = all(tensor.size_bytes <= _MAX_CONTROL_BYTES for tensor in site.outputs)
    if all(tensor.dtype in _INTEGERS for tensor in site.outputs) and (small or constant):
        return Action.COMPUTE
    return Action.LOSE if rule.overwrites is None else Action.OVERWRITE
