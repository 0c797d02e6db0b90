"""What reaches what: values nobody computes, variables nobody assigns, graphs that do not fit their callers."""

from collections.abc import Iterator, Sequence

from arenafit.ir import DType, Graph, Model, Tensor, TensorId
from arenafit.ops import Operands
from arenafit.validity.finding import Finding, Place, Severity

_DAMAGED = "the file is damaged: convert it again"


def unwritten(model: Model, place: Place) -> Iterator[Finding]:
    """Yield operands that nothing writes before the operator reads them, and those that view memory nothing writes."""
    for key in dict.fromkeys(place.op.operands):
        if _unmade(model, place.graph, key):
            clause = "nothing computes this operand: its kernel reads what happens to lie in the arena"
            yield place.finding(Severity.MISCOMPUTE, "data", clause, _DAMAGED, place.graph.by_id[key].name)


def unwritten_results(model: Model) -> Iterator[Finding]:
    """Yield what graphs give back though nothing computes it."""
    for index in sorted(reached(model)):
        graph = model.graphs[index]
        where = f"graph {index}" if index else ""
        for key in dict.fromkeys(graph.outputs):
            if _unmade(model, graph, key):
                clause = "nothing computes this output: it shows what happens to lie in the arena"
                yield Finding(Severity.MISCOMPUTE, "data", where, graph.by_id[key].name, clause, _DAMAGED)


def _unmade(model: Model, graph: Graph, key: TensorId) -> bool:
    tensor = graph.by_id[key]
    made = key in graph.producers or key in graph.inputs or tensor.is_variable or tensor.data is not None
    return not made and tensor.elements > 0 and not _shown(model, tensor)


def _shown(model: Model, view: Tensor) -> bool:
    """Whether the plan in the file puts a tensor that nothing computes where others are written, byte for byte."""
    placed = model.offline_plan or {}
    if view.id not in placed:
        return False
    reached_bytes, end_bytes = placed[view.id], placed[view.id] + view.size_bytes
    written = {key for graph in model.graphs for key in (*graph.inputs, *graph.producers)}
    spans = sorted(
        (offset, offset + model.tensors[key].size_bytes)
        for key, offset in placed.items()
        if key in written or model.tensors[key].is_variable
    )
    for first, end in spans:
        if first > reached_bytes:
            break
        reached_bytes = max(reached_bytes, end)
    return reached_bytes >= end_bytes


def reached(model: Model) -> frozenset[int]:
    """Return the graphs that run when the model does: the first one and those that its operators run."""
    waiting, seen = [0], {0}
    while waiting:
        graph = model.graphs[waiting.pop()]
        news = {index for op in graph.ops for index in op.subgraphs if index < len(model.graphs)} - seen
        seen |= news
        waiting += news
    return frozenset(seen)


def unassigned(model: Model) -> Iterator[Finding]:
    """Yield each variable that is read and never assigned."""
    assigned = {name for place in _places(model, "ASSIGN_VARIABLE") for name in [_variable(place)] if name}
    for place in _places(model, "READ_VARIABLE"):
        name = _variable(place)
        if name is not None and name not in assigned:
            clause = f"it reads the variable '{name[1]}', which nothing assigns"
            advice = "convert with the graph that initialises variables (CALL_ONCE), or make the state an input"
            yield place.finding(Severity.REFUSE, "variable", clause, advice)


def unequal_variables(model: Model) -> Iterator[Finding]:
    """Yield each use of a variable that moves another number of bytes than the first assignment, which allocates it.

    Mirrors Assign and Read of tensorflow/lite/micro/micro_resource_variable.cc (commit 90b983c2), which copy as many
    bytes as the variable or the value has.
    """
    sizes: dict[tuple[str, str], int] = {}
    for place, name, value in (*_values(model, "ASSIGN_VARIABLE"), *_values(model, "READ_VARIABLE")):
        held = sizes.setdefault(name, value.size_bytes)
        if value.size_bytes != held:
            clause = f"the variable '{name[1]}' holds {held} bytes, this moves {value.size_bytes}"
            yield place.finding(Severity.REFUSE, "variable", clause, "give the variable one shape", value.name)


def _values(model: Model, operator: str) -> Iterator[tuple[Place, tuple[str, str], Tensor]]:
    for place in _places(model, operator):
        name = _variable(place)
        operands = Operands(place.op, place.graph)
        value = operands.input(1) if operator == "ASSIGN_VARIABLE" else operands.output()
        if name is not None and value is not None:
            yield place, name, value


def _places(model: Model, name: str) -> Iterator[Place]:
    for index, graph in enumerate(model.graphs):
        for position, op in enumerate(graph.ops):
            if op.name == name:
                yield Place(op, graph, index, position)


def _variable(place: Place) -> tuple[str, str] | None:
    producer = place.graph.producers.get(place.op.operands[0]) if place.op.operands else None
    if producer is None or producer.name != "VAR_HANDLE" or producer.options is None:
        return None
    return str(producer.options.get("container") or ""), str(producer.options.get("shared_name") or "")


def called(model: Model, place: Place) -> Iterator[Finding]:
    """Yield where the graphs that WHILE and IF run do not fit their operands and results.

    Mirrors Prepare of tensorflow/lite/micro/kernels/while.cc and if.cc (commit 90b983c2).
    """
    op = place.op
    if op.options is None or any(index >= len(model.graphs) for index in op.subgraphs):
        return
    if op.name == "WHILE" and len(op.subgraphs) == 2:
        condition, body = (model.graphs[index] for index in op.subgraphs)
        counts = (len(op.outputs), len(condition.inputs), len(body.inputs), len(body.outputs))
        if any(count != len(op.inputs) for count in counts):
            clause = "its operands, its results and its graphs differ in number"
            yield place.finding(Severity.REFUSE, "count", clause, _DAMAGED)
        elif len(condition.outputs) < 1 or condition.by_id[condition.outputs[0]].dtype is not DType.BOOL:
            yield place.finding(Severity.REFUSE, "type", "its condition gives no bool", _DAMAGED)
        else:
            sides = (op.inputs, op.outputs, condition.inputs, body.inputs, body.outputs)
            yield from _carried(place, sides, model)
    if op.name == "IF" and len(op.subgraphs) == 2:
        for index in op.subgraphs:
            graph = model.graphs[index]
            if (len(graph.inputs), len(graph.outputs)) != (len(op.inputs) - 1, len(op.outputs)):
                clause = f"its operands and results do not fit graph {index}"
                yield place.finding(Severity.REFUSE, "count", clause, _DAMAGED)
                return


def _carried(place: Place, sides: Sequence[Sequence[TensorId | None]], model: Model) -> Iterator[Finding]:
    for position in range(len(place.op.inputs)):
        keys = [side[position] for side in sides]
        tensors: list[Tensor] = [model.tensors[key] for key in keys if key is not None]
        if len({(item.dtype, item.size_bytes) for item in tensors}) > 1:
            clause = f"value {position} that it carries changes its type or size on the way"
            yield place.finding(Severity.REFUSE, "shape", clause, "carry values of fixed shape", tensors[0].name)
            return
