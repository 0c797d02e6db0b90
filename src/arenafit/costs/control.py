"""How often each graph of a model runs: a walk over its control flow that computes the small integers steering it.

WHILE conditions in TFLM models hang on counters and control tables: a few integers, made by operators on constants.
They are computed here exactly, byte by byte, in a memory where tensors planned at the same address share bytes
(TFLM-only models read loop state through views). Everything else, activations above all, stays unknown and is not
looked at, unless it overwrites such bytes (see `steering`).
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from arenafit.costs.site import OpContext
from arenafit.costs.steering import Action, find_steering
from arenafit.costs.work import Array, GraphRuns, op_costs
from arenafit.errors import MALFORMED
from arenafit.ir import Graph, Model, Op, OpId, Tensor, TensorId

# More than any plan needs; loops within loops, or graphs that run each other twice n deep, could go on for years.
_MOST_GRAPH_RUNS = 200_000


@dataclass
class Runs:
    """How often things run in one Invoke.

    Attributes:
        graphs: invocations by graph index.
        iterations: iterations of each loop, over all the times it is entered.
        undetermined: control operators whose course is unknown, and why.
    """

    graphs: dict[int, int] = field(default_factory=dict)
    iterations: dict[OpId, int] = field(default_factory=dict)
    undetermined: dict[OpId, str] = field(default_factory=dict)


def count_runs(
    model: Model, addresses: Mapping[TensorId, int] | None = None, trip_counts: Mapping[OpId, int] | None = None
) -> Runs:
    """Return how often each graph of `model` runs in one Invoke.

    Args:
        model: any model; without control flow its main graph runs once.
        addresses: offsets of tensors in the arena; tensors whose bytes overlap share them.
        trip_counts: iterations per entry of loops, 1 or 0 for the branch an IF takes; used instead of what is
            computed.
    """
    walk = _Walk(model, addresses or {}, trip_counts or {})
    walk.invoke()
    return walk.runs


class _Memory:
    """Bytes whose value is known, by address; a tensor without an address has bytes of its own."""

    def __init__(self, addresses: Mapping[TensorId, int]) -> None:
        self._addresses = addresses
        self._shared: dict[int, int] = {}
        self._own: dict[TensorId, bytes] = {}

    def read(self, tensor: Tensor) -> Array | None:
        """Return the content of a tensor, None unless every byte is known."""
        if tensor.data is not None:
            return tensor.array()
        start = self._addresses.get(tensor.id)
        if start is None:
            data: bytes | None = self._own.get(tensor.id)
        else:
            found = [self._shared.get(start + index) for index in range(tensor.size_bytes)]
            data = None if None in found else bytes(value for value in found if value is not None)
        return None if data is None else np.frombuffer(data, tensor.dtype.numpy).reshape(tensor.shape)

    def write(self, tensor: Tensor, value: Array | None) -> None:
        """Store a tensor's content; None makes its bytes unknown."""
        start = self._addresses.get(tensor.id)
        data = None if value is None else value.astype(tensor.dtype.numpy).tobytes()
        if start is None:
            self._own.pop(tensor.id, None)
            if data is not None:
                self._own[tensor.id] = data
            return
        self._forget(start, tensor.size_bytes)
        if data is not None:
            self._shared.update(enumerate(data, start))

    def is_same(self, first: TensorId, second: TensorId) -> bool:
        """Whether both tensors begin at one address, so that TFLM does not copy between them."""
        start = self._addresses.get(first)
        return start is not None and start == self._addresses.get(second)

    def forget(self, tensor: Tensor, span: tuple[int, int]) -> None:
        """Make the bytes `span` (first, last + 1) of a tensor unknown."""
        start = self._addresses.get(tensor.id)
        if start is None:
            self._own.pop(tensor.id, None)
        else:
            self._forget(start + span[0], span[1] - span[0])

    def _forget(self, start: int, size_bytes: int) -> None:
        if size_bytes < len(self._shared):
            for index in range(start, start + size_bytes):
                self._shared.pop(index, None)
            return
        for index in [index for index in self._shared if start <= index < start + size_bytes]:
            del self._shared[index]


class _Walk:
    """One Invoke, followed operator by operator."""

    def __init__(self, model: Model, addresses: Mapping[TensorId, int], given: Mapping[OpId, int]) -> None:
        self.runs = Runs()
        self._model = model
        self._memory = _Memory(addresses)
        self._given = given
        self._steering = find_steering(model, addresses)

    def invoke(self) -> None:
        """Follow one Invoke; what runs on and on is given up as a whole."""
        # A stack of our own: graphs may lie deeper in each other than Python calls may.
        open_runs: list[GraphRuns] = [self._run_graph(0)]
        followed = 0
        while open_runs:
            nested = next(open_runs[-1], None)
            if nested is None:
                open_runs.pop()
                continue
            followed += 1
            if followed > _MOST_GRAPH_RUNS:
                self._give_up_all()
                return
            open_runs.append(self._run_graph(nested))

    def _run_graph(self, index: int) -> GraphRuns:
        """Follow one invocation of a graph; yields the graphs it runs in turn."""
        self.runs.graphs[index] = self.runs.graphs.get(index, 0) + 1
        actions = {Action.COMPUTE: self._compute, Action.OVERWRITE: self._overwrite, Action.LOSE: self._lose}
        for step in self._steering.plans[index]:
            if step.action is Action.FOLLOW:
                yield from self._follow(step.site)
            else:
                actions[step.action](step.site)

    def _give_up_all(self) -> None:
        self.runs = Runs({0: 1})
        why = f"control flow still goes on after {_MOST_GRAPH_RUNS:,} runs of graphs"
        self.runs.undetermined = {op.id: why for op in self._model.ops.values() if op.subgraphs}

    def value(self, graph: Graph, tensor: TensorId) -> Array | None:
        """Return what is known of a tensor's content."""
        return self._memory.read(graph.tensor(tensor))

    def copy(self, source: Sequence[TensorId], target: Sequence[TensorId]) -> None:
        """Copy tensors pair by pair, as TFLM does between an operator and its subgraph."""
        tensors, touched = self._model.tensors, self._steering.touched
        for first, second in zip(source, target, strict=False):
            if second in touched and not self._memory.is_same(first, second):
                self._memory.write(tensors[second], self._memory.read(tensors[first]))

    def graph(self, index: int) -> Graph:
        """Return a graph by index."""
        return self._model.graphs[index]

    def given(self, op: Op) -> int | None:
        """Return what the caller said of a control operator."""
        return self._given.get(op.id)

    def add_iterations(self, op: Op, count: int) -> None:
        """Count iterations of a loop."""
        self.runs.iterations[op.id] = self.runs.iterations.get(op.id, 0) + count

    def repeat(self, op: Op, count: int, conditions: int) -> bool:
        """Count `count` runs of a loop's body and `conditions` of its condition unfollowed, if they run no graphs."""
        cond, body = op.subgraphs[0], op.subgraphs[1]
        if any(inner.subgraphs for index in (cond, body) for inner in self._model.graphs[index].ops):
            return False
        self.runs.graphs[cond] = self.runs.graphs.get(cond, 0) + conditions
        self.runs.graphs[body] = self.runs.graphs.get(body, 0) + count
        self.add_iterations(op, count)
        for output in op.outputs:
            self._memory.write(self._model.tensors[output], None)
        return True

    def give_up(self, graph: Graph, op: Op, why: str) -> None:
        """Note that the course of `op` is unknown, and with it what it writes."""
        self.runs.undetermined[op.id] = why
        for output in op.outputs:
            self._memory.write(graph.tensor(output), None)

    def _follow(self, site: OpContext) -> GraphRuns:
        rule = op_costs().get(site.op.name)
        if rule is not None and rule.follow is not None:
            yield from rule.follow(self, site.graph, site.op)
            return
        self.give_up(site.graph, site.op, f"{site.op.code.label} runs other graphs in a way that is not modelled")

    def _overwrite(self, site: OpContext) -> None:
        span = op_costs()[site.op.name].overwrites
        begin = self._memory.read(site.operand(2))
        found = None if begin is None or span is None else span(site, begin)
        if found is None:
            self._lose(site)
        else:
            self._memory.forget(site.outputs[0], found)

    def _compute(self, site: OpContext) -> None:
        rule = op_costs()[site.op.name]
        evaluate = rule.evaluate
        values = [None if tensor is None else self._memory.read(tensor) for tensor in site.inputs]
        known = all(value is not None for value, tensor in zip(values, site.inputs, strict=True) if tensor is not None)
        results = None
        with suppress(*MALFORMED):  # an operator that cannot run leaves nothing known
            results = evaluate(site, values) if known and evaluate is not None else None
        if results is None and rule.overwrites is not None:
            self._overwrite(site)  # what it leaves alone, a counter beside activations for one, stays known
            return
        for position, tensor in enumerate(site.outputs):
            self._memory.write(tensor, None if results is None else results[position])

    def _lose(self, site: OpContext) -> None:
        for tensor in site.outputs:
            self._memory.write(tensor, None)
