"""Stored shapes against those that operators give: what operands and options say a result must be."""

from collections.abc import Iterator
from itertools import dropwhile

from arenafit.ir import Graph, Op, OpId, Tensor, TensorId, holds_plain_data
from arenafit.ops import Operands, Operator, Shape, ShapeError, find
from arenafit.ops.protocol import sizes_agree
from arenafit.validity.finding import Finding, Place, Severity

_BATCH = "the model was converted with an unknown batch: convert with batch 1, or run `arenafit repair`"
FIXED_SHAPES = "convert with fixed shapes, or run `arenafit repair`"
_UNROLL = "a size changes while the model runs, in TFLM none can: unroll the loop (of a Keras layer: unroll=True)"


def shape_findings(place: Place) -> Iterator[Finding]:
    """Yield each output of an operator whose stored shape its operands contradict, and operands that do not fit."""
    operator = find(place.op.code)
    if operator is None or operator.output_shapes is None:
        return
    operands = Operands(place.op, place.graph)
    try:
        shapes = operator.output_shapes(operands)
    except (ShapeError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        clause = f"its operands do not fit: {error}"
        advice = _UNROLL if _of_changing_size(place.op, place.graph) else FIXED_SHAPES
        yield place.finding(Severity.MISCOMPUTE, "shape", clause, advice)
        return
    for index, wanted in enumerate(shapes or ()):
        output = operands.output(index)
        if output is not None and wanted is not None and not agrees(operator, output.shape, wanted):
            clause = f"the stored shape {list(output.shape)} contradicts the operands, which give {list(wanted)}"
            yield place.finding(Severity.MISCOMPUTE, "shape", clause, _advice(output, wanted), output.name)


def agrees(operator: Operator, stored: Shape, inferred: Shape) -> bool:
    """Whether the kernels make of the stored shape what the operator gives."""
    if operator.any_view:
        return sizes_agree(stored, inferred)
    return _without_leading_ones(stored) == _without_leading_ones(inferred)


def _without_leading_ones(shape: Shape) -> Shape:
    return tuple(dropwhile(lambda size: size == 1, shape))


def _advice(output: Tensor, wanted: Shape) -> str:
    signature = output.shape_signature or ()
    unknown_batch = bool(signature) and signature[0] == -1
    moved_batch = bool(wanted) and bool(output.shape) and wanted[0] != output.shape[0]
    return _BATCH if unknown_batch or moved_batch else FIXED_SHAPES


def shape_arithmetic(graph: Graph) -> frozenset[OpId]:
    """Return the operators that compute with constants and with shapes alone: `repair` evaluates them."""
    known: set[TensorId] = {tensor.id for tensor in graph.tensors if holds_plain_data(tensor)}
    found = []
    for op in graph.ops:
        operator = find(op.code)
        if operator is None or operator.evaluate is None:
            continue
        if operator.reads_shape_only or all(operand in known for operand in op.inputs):
            found.append(op.id)
            known.update(op.outputs)
    return frozenset(found)


def _of_changing_size(op: Op, graph: Graph) -> bool:
    """Whether an operand's shape depends on values that nobody knows beforehand."""
    known = shape_arithmetic(graph)
    makers = [graph.producers[operand] for operand in op.operands if operand in graph.producers]
    return any(
        any(source in graph.producers and graph.producers[source].id not in known for source in maker.operands[1:])
        and _unknown_shape(maker, graph)
        for maker in makers
    )


def _unknown_shape(op: Op, graph: Graph) -> bool:
    operator = find(op.code)
    if operator is None or operator.output_shapes is None:
        return False
    try:
        return None in (operator.output_shapes(Operands(op, graph)) or ())
    except (ShapeError, ArithmeticError, LookupError, TypeError, ValueError):
        return False
