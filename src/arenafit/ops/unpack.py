"""UNPACK: slices of operand 0 along an axis, one each output."""

from arenafit.ops._shapes import axis_in
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    shape = operands.shape(0)
    axis = axis_in(operands.option("axis", 0), len(shape))
    if shape[axis] != operands.outputs:
        raise ShapeError(f"axis {axis} has {shape[axis]} slices, there are {operands.outputs} outputs")
    return [(*shape[:axis], *shape[axis + 1 :])] * operands.outputs


OPERATOR = Operator("UNPACK", output_shapes=_shapes, any_view=True)
