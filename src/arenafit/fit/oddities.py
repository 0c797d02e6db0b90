"""What is odd about a graph: things a file can state and no kernel takes, or takes by chance.

Nothing here refuses a model: TFLM may run it. It names the cause where an analysis has come to grief over it.
"""

from collections.abc import Iterator

from arenafit.ir import Graph, Model, Op, Tensor
from arenafit.ops import find, is_well_formed

# RuntimeShape of tensorflow/lite/kernels/internal/runtime_shape.h holds six in place; numpy reads 64 (32 before 2.0).
_MOST_DIMENSIONS = 8
_LARGEST_POINT = {8: 127, 16: 32767, 32: (1 << 31) - 1}


def oddity(model: Model) -> str | None:
    """Return the first odd thing about `model` in a clause that names where it is; None if there is none."""
    return next(_odd(model), None)


def _odd(model: Model) -> Iterator[str]:
    for number, graph in enumerate(model.graphs):
        where = f"graph {number}"
        for tensor in graph.tensors:
            yield from (f"{where}, tensor '{tensor.name}' {what}" for what in _odd_tensor(tensor))
        yield from _written_twice(graph, where)
        for position, op in enumerate(graph.ops):
            label = f"{where}, operator {position} ({op.code.label})"
            yield from (f"{label} {what}" for what in _odd_op(model, graph, op))


def _odd_tensor(tensor: Tensor) -> Iterator[str]:
    if len(tensor.shape) > _MOST_DIMENSIONS:
        yield f"has {len(tensor.shape)} dimensions"
    quant = tensor.quant
    if quant is None:
        return
    bits, unsigned = tensor.dtype.bits, tensor.dtype.name.startswith("UINT")
    low, high = (0, (1 << bits) - 1) if unsigned else (-_LARGEST_POINT.get(bits, 0) - 1, _LARGEST_POINT.get(bits, 0))
    if bits in _LARGEST_POINT and not all(low <= point <= high for point in quant.zero_points):
        yield f"has a zero point outside of its type {tensor.dtype.label}"
    if not all(0 < scale < float("inf") for scale in quant.scales):
        yield "has a scale that is no positive number"


def _written_twice(graph: Graph, where: str) -> Iterator[str]:
    written = set(graph.inputs)
    for op in graph.ops:
        for output in op.outputs:
            if output in written:
                yield f"{where}, tensor '{graph.by_id[output].name}' is written more than once"
            written.add(output)


def _odd_op(model: Model, graph: Graph, op: Op) -> Iterator[str]:
    if not is_well_formed(op):
        yield "lacks operands, or has the options of another kind of operator"
    operator = find(op.code)
    if not op.outputs and (operator is None or not operator.has_effect):
        yield "has no output"
    if any(graph.by_id[output].is_constant for output in op.outputs):
        yield "writes a constant"
    for index in op.subgraphs:
        inner = model.graphs[index]
        given = len(op.inputs) - (op.name == "IF")
        results = 1 if op.name == "WHILE" and index == op.subgraphs[0] else len(op.outputs)
        if op.name != "CALL_ONCE" and (len(inner.inputs), len(inner.outputs)) != (given, results):
            yield f"has {given} inputs and {len(op.outputs)} outputs, graph {index} that it runs has other numbers"
