"""TRANSPOSE: axes in the order of operand 1."""

from arenafit.ops._shapes import listed
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape | None]:
    shape, order = operands.shape(0), operands.integers(1)
    if order is None:
        return [None]
    if sorted(order) != list(range(len(shape))):
        raise ShapeError(f"{listed(order)} is no order of the axes of {listed(shape)}")
    return [tuple(shape[axis] for axis in order)]


OPERATOR = Operator("TRANSPOSE", output_shapes=_shapes)
