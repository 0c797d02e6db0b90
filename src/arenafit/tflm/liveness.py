"""When each tensor and scratch buffer is in use, as TFLM reckons it: over all graphs, in allocation scopes.

Mirrors AllocationInfoBuilder::MarkAllocationLifetimes of tensorflow/lite/micro/micro_allocation_info.cc (commit
90b983c2). TFLM's `last_used` is inclusive and -1 means never; `Lifetimes.interval` is the one place that makes
half-open intervals of them, in which "never" is the scope -1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, Op, OpId, TensorId
from arenafit.planning.problem import Interval

_NEVER = -1
# Operators that enter graphs when TFLM marks lifetimes, with the fields that name these graphs, in order.
_ENTERS: Mapping[str, tuple[str, ...]] = {
    "IF": ("then_subgraph_index", "else_subgraph_index"),
    "CALL_ONCE": ("init_subgraph_index",),
    "WHILE": ("cond_subgraph_index", "body_subgraph_index"),
}


@dataclass(slots=True)
class Lifetimes:
    """First and last scopes of tensors, of operators (for their scratch buffers), and the number of scopes."""

    first: dict[TensorId, int] = field(default_factory=dict)
    last: dict[TensorId, int] = field(default_factory=dict)
    op_first: dict[OpId, int] = field(default_factory=dict)
    op_last: dict[OpId, int] = field(default_factory=dict)
    scopes: int = 0
    op_at: dict[int, OpId] = field(default_factory=dict)  # the operator that a scope belongs to

    def interval(self, tensor: TensorId) -> Interval:
        """Return the scopes in which TFLM keeps the tensor; [-1, 0) if nothing uses it."""
        return Interval(self.first.get(tensor, _NEVER), self.last.get(tensor, _NEVER) + 1)

    def scratch_interval(self, op: OpId) -> Interval:
        """Return the scopes in which TFLM keeps the scratch buffers of an operator."""
        return Interval(self.op_first.get(op, _NEVER), self.op_last.get(op, _NEVER) + 1)


def lifetimes(model: Model) -> Lifetimes:
    """Return the lifetimes over all graphs, beginning with the first.

    Raises:
        UnsupportedModelError: if graphs run each other in a circle.
    """
    found = Lifetimes()
    _mark(model, 0, found, ())
    found.scopes += 1
    return found


def _mark(model: Model, index: int, found: Lifetimes, entered: tuple[int, ...]) -> None:
    if index in entered:
        raise UnsupportedModelError(f"graph {index} runs itself; TFLM cannot plan it")
    graph = model.graphs[index]
    first, last = found.first, found.last
    for tensor in graph.inputs:
        first.setdefault(tensor, found.scopes)
        last[tensor] = found.scopes
    for op in graph.ops:
        found.scopes += 1
        start = found.scopes
        found.op_at[start] = op.id
        for tensor in op.outputs:
            first.setdefault(tensor, start)
        for entering in _entered(op, len(model.graphs)):
            found.scopes += 1
            found.op_at.setdefault(found.scopes, op.id)
            _mark(model, entering, found, (*entered, index))
        end = found.scopes
        for operand in op.inputs:
            if operand is not None:
                last[operand] = end
        for tensor in op.outputs:
            last[tensor] = end
        found.op_first.setdefault(op.id, start)
        found.op_last[op.id] = end
    for tensor in graph.outputs:
        first.setdefault(tensor, found.scopes)
        last[tensor] = found.scopes


def _entered(op: Op, graphs: int) -> list[int]:
    """Return the graphs an operator enters, in order (MarkSubgraphLifetimesIfNecessary)."""
    found: list[int] = []
    for name in _ENTERS.get(op.name, ()):
        index = None if op.options is None else op.options.get(name)
        if not isinstance(index, int) or not 0 <= index < graphs:
            raise UnsupportedModelError(f"{op.name} (operator {op.id}) names no graph of the model as its {name}")
        found.append(index)
    return found
