"""BATCH_MATMUL: matrix products, leading axes broadcast against each other."""

from arenafit.ops._shapes import broadcast_shapes, listed
from arenafit.ops.facts import BOTH, Family
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    left, right = operands.shape(0), operands.shape(1)
    if min(len(left), len(right)) < 2:
        raise ShapeError("an operand has fewer than two axes")
    rows, inner = left[-2:][::-1] if operands.option("adj_x", False) else left[-2:]
    other, columns = right[-2:][::-1] if operands.option("adj_y", False) else right[-2:]
    if inner != other:
        raise ShapeError(f"{listed(left)} times {listed(right)}: {inner} columns meet {other} rows")
    return [(*broadcast_shapes(left[:-2], right[:-2]), rows, columns)]


OPERATOR = Operator(
    "BATCH_MATMUL", family=Family.MATRIX_PRODUCT, output_shapes=_shapes, resolver="AddBatchMatMul", precisions=BOTH
)
