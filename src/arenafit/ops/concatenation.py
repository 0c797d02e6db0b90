"""CONCATENATION: operands one after the other along an axis."""

from arenafit.ops._shapes import axis_in, listed
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    shapes = [operands.shape(index) for index in range(len(operands.op.inputs))]
    if not shapes:
        raise ShapeError("there is no operand")
    first = shapes[0]
    axis = axis_in(operands.option("axis", 0), len(first))
    for shape in shapes[1:]:
        if len(shape) != len(first) or any(
            one != other for at, (one, other) in enumerate(zip(shape, first, strict=True)) if at != axis
        ):
            raise ShapeError(f"{listed(first)} and {listed(shape)} do not join along axis {axis}")
    return [(*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])]


OPERATOR = Operator("CONCATENATION", output_shapes=_shapes, any_view=True)
