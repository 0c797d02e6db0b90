"""When each tensor and scratch buffer is in use, as TFLM reckons it: over all graphs, in allocation scopes.

Mirrors AllocationInfoBuilder::MarkAllocationLifetimes of tensorflow/lite/micro/micro_allocation_info.cc (commit
90b983c2). TFLM's `last_used` is inclusive and -1 means never; `Lifetimes.interval` is the one place that makes
half-open intervals of them, in which "never" is the scope -1.

TFLM walks into a graph as often as an operator enters it, so graphs nested n deep can cost it 2^n visits. All visits of
a graph are alike but for the scope they begin in: its first visit decides where its tensors begin, its last one where
they end. So each graph is looked at once here, however often it is entered and however deep it lies.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, Op, OpId, TensorId
from arenafit.planning.problem import Interval

_NEVER = -1
# TFLM counts scopes in an int.
_MOST_SCOPES = (1 << 31) - 1
# Up to here it is known of every scope which operator it belongs to, beyond only of the first and last visit of each
# graph: nothing begins or ends anywhere else.
_MOST_SCOPES_TOLD = 1 << 16
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
    op_at: dict[int, OpId] = field(default_factory=dict)  # the operator that a scope belongs to, in rising order
    told: Sequence[int] = ()  # the scopes that are told apart: all, or in huge models those where anything changes

    def interval(self, tensor: TensorId) -> Interval:
        """Return the scopes in which TFLM keeps the tensor; [-1, 0) if nothing uses it."""
        return Interval(self.first.get(tensor, _NEVER), self.last.get(tensor, _NEVER) + 1)

    def scratch_interval(self, op: OpId) -> Interval:
        """Return the scopes in which TFLM keeps the scratch buffers of an operator."""
        return Interval(self.op_first.get(op, _NEVER), self.op_last.get(op, _NEVER) + 1)

    def told_in(self, live: Interval) -> Sequence[int]:
        """Return the scopes of an interval that are told apart."""
        return self.told[bisect_left(self.told, live.first) : bisect_left(self.told, live.end)]

    def ops_in(self, live: Interval) -> list[OpId]:
        """Return the operators that the scopes of an interval belong to, scope by scope."""
        return [self.op_at[scope] for scope in self.told_in(live) if scope in self.op_at]


@dataclass(frozen=True, slots=True)
class _Visit:
    """One visit of a graph, in scopes counted from where it begins.

    Attributes:
        ops: each operator with its first and last scope.
        entries: scope, entering operator and graph, for each graph entered.
        length: how many scopes the visit adds.
    """

    ops: tuple[tuple[Op, int, int], ...]
    entries: tuple[tuple[int, OpId, int], ...]
    length: int


def lifetimes(model: Model) -> Lifetimes:
    """Return the lifetimes over all graphs, beginning with the first.

    Raises:
        UnsupportedModelError: if graphs run each other in a circle, or so often that TFLM could not count the scopes.
    """
    order = _callees_first(model)
    visits: dict[int, _Visit] = {}
    for index in order:
        visits[index] = _visit(model, index, visits)
    if visits[0].length >= _MOST_SCOPES:
        raise UnsupportedModelError(
            f"its graphs are entered so often that TFLM's planner would count more than {_MOST_SCOPES:,} scopes,"
            " which its int cannot hold; nest fewer IFs and WHILEs"
        )
    starts = {0: (0, 0)}  # of the first and the last visit of each graph
    found = Lifetimes(scopes=visits[0].length + 1)
    for index in reversed(order):
        first, last = starts[index]
        for offset, _, entered in visits[index].entries:
            before = starts.get(entered, (first + offset, last + offset))
            starts[entered] = (min(before[0], first + offset), max(before[1], last + offset))
        _mark(model, index, visits[index], starts[index], found)
    _tell(found, visits, starts)
    return found


def _callees_first(model: Model) -> list[int]:
    """Return the graphs that the first one runs, itself included, each after all those it runs."""
    order: list[int] = []
    opened, closed = {0}, set[int]()
    stack = [(0, iter(_entered_by(model, 0)))]
    while stack:
        index, left = stack[-1]
        entered = next(left, None)
        if entered is None:
            stack.pop()
            opened.discard(index)
            closed.add(index)
            order.append(index)
        elif entered in opened:
            raise UnsupportedModelError(f"graph {entered} runs itself; TFLM cannot plan it")
        elif entered not in closed:
            opened.add(entered)
            stack.append((entered, iter(_entered_by(model, entered))))
    return order


def _entered_by(model: Model, index: int) -> list[int]:
    count = len(model.graphs)
    return list(dict.fromkeys(entered for op in model.graphs[index].ops for entered in _entered(op, count)))


def _visit(model: Model, index: int, visits: Mapping[int, _Visit]) -> _Visit:
    scope = 0
    ops, entries = [], []
    for op in model.graphs[index].ops:
        scope += 1
        start = scope
        for entered in _entered(op, len(model.graphs)):
            scope += 1
            entries.append((scope, op.id, entered))
            scope += visits[entered].length
        ops.append((op, start, scope))
    return _Visit(tuple(ops), tuple(entries), scope)


def _mark(model: Model, index: int, visit: _Visit, starts: tuple[int, int], found: Lifetimes) -> None:
    graph = model.graphs[index]
    begin, end = starts

    def use(tensor: TensorId, scope: int) -> None:
        found.first.setdefault(tensor, begin + scope)
        found.last[tensor] = end + scope

    for tensor in graph.inputs:
        use(tensor, 0)
    for op, first, last in visit.ops:
        for tensor in op.outputs:
            found.first.setdefault(tensor, begin + first)
        # That an operator reads a tensor does not begin it.
        for operand in op.inputs:
            if operand is not None:
                found.last[operand] = end + last
        for tensor in op.outputs:
            found.last[tensor] = end + last
        found.op_first.setdefault(op.id, begin + first)
        found.op_last[op.id] = end + last
    for tensor in graph.outputs:
        use(tensor, visit.length)


def _tell(found: Lifetimes, visits: Mapping[int, _Visit], starts: Mapping[int, tuple[int, int]]) -> None:
    """Fill in which operator each scope belongs to."""
    whole = found.scopes <= _MOST_SCOPES_TOLD
    pending = [(0, 0)] if whole else [(index, start) for index, pair in starts.items() for start in set(pair)]
    owners: dict[int, OpId] = {}
    while pending:
        index, start = pending.pop()
        visit = visits[index]
        owners |= {start + first: op.id for op, first, _ in visit.ops}
        owners |= {start + offset: op for offset, op, _ in visit.entries}
        if whole:
            pending += [(entered, start + offset) for offset, _, entered in visit.entries]
    found.op_at = dict(sorted(owners.items()))
    if whole:
        found.told = range(_NEVER, found.scopes)
        return
    ends = {scope + 1 for scope in (*found.last.values(), *found.op_last.values())}
    begins = {*found.first.values(), *found.op_first.values()}
    told = {_NEVER, 0, *owners, *begins, *ends, *(scope - 1 for scope in ends)}
    found.told = sorted(scope for scope in told if scope < found.scopes)


def _entered(op: Op, graphs: int) -> list[int]:
    """Return the graphs an operator enters, in order (MarkSubgraphLifetimesIfNecessary)."""
    found: list[int] = []
    for name in _ENTERS.get(op.name, ()):
        index = None if op.options is None else op.options.get(name)
        if not isinstance(index, int) or not 0 <= index < graphs:
            raise UnsupportedModelError(f"{op.name} (operator {op.id}) names no graph of the model as its {name}")
        found.append(index)
    return found
