"""Which input rows an operator needs for an output row: the geometry that streaming rests on.

A row is a slice of a tensor (1, H, W, C) along the streaming axis: H, or W for 1-D models whose H is 1. An operator is
either a window (output row o reads input rows o*stride - before ... + extent), or pointwise (output row o reads row o
of each streamed operand), or a reduction, which ends a stream. Everything else cannot be streamed. Each operator's file
in `ops` says which it is.
"""

from arenafit import ops
from arenafit.errors import MALFORMED
from arenafit.ir import Graph, Op, Tensor
from arenafit.ops import Operands
from arenafit.ops.rows import Geometry, Reduction


def geometry(graph: Graph, op: Op, axis: int) -> Geometry | None:
    """Return how `op` reads rows along `axis` (1 = H, 2 = W), or None if it cannot be streamed."""
    try:
        return _geometry(graph, op, axis)
    except MALFORMED:
        return None  # operands or options that no kernel takes


def _geometry(graph: Graph, op: Op, axis: int) -> Geometry | None:
    operator = ops.find(op.code)
    if operator is None or not ops.is_well_formed(op):
        return None
    whole = reduction(graph, op, axis)
    if whole is not None:
        return whole
    if operator.rows is None or len(op.outputs) != 1:
        return None
    output = graph.tensor(op.outputs[0])
    if len(output.shape) != 4 or output.shape[0] != 1 or output.is_constant:
        return None
    return operator.rows(Operands(op, graph), axis)


def reduction(graph: Graph, op: Op, axis: int) -> Reduction | None:
    """Return how `op` averages rows along `axis` (1 = H, 2 = W), or None if it does not, or not in a way known."""
    operator, source = ops.find(op.code), reduced(graph, op)
    if operator is None or operator.reduction is None or source is None:
        return None
    if source.is_constant or source.shape[axis] < 2:
        return None
    # Columns are runs of pixels in the order of the kernels only where the image is one row high.
    if axis == 2 and source.shape[1] != 1:
        return None
    return operator.reduction(Operands(op, graph), source, axis)


def reduced(graph: Graph, op: Op) -> Tensor | None:
    """Return the image (1, H, W, C) that an operator makes one pixel of; None if it is no such operator."""
    operator = ops.find(op.code)
    if operator is None or operator.reduction is None or len(op.outputs) != 1:
        return None
    source, output = graph.inputs_of(op)[0], graph.tensor(op.outputs[0])
    if source is None or len(source.shape) != 4 or source.shape[0] != 1 or source.dtype is not output.dtype:
        return None
    return source if output.elements == source.shape[3] and output.shape[-1] == source.shape[3] else None


def size_operand(op: Op, shape: tuple[int, ...]) -> tuple[int, tuple[int, ...]] | None:
    """Return the position of the operand that states the output's size, with what it says for an output of `shape`.

    None if `op` has no such operand. Padding of operators that have one follows from the size, so they keep theirs.
    """
    operator = ops.find(op.code)
    if operator is None or operator.size_operand is None:
        return None
    position, axes = operator.size_operand
    return position, shape[axes]
