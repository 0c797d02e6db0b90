"""SPLIT: equal parts of operand 1 along the axis in operand 0."""

from arenafit.ops._axes import split_axes
from arenafit.ops._shapes import axis_in, partitioned
from arenafit.ops.facts import COPY, Family
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape | None]:
    axes, shape = operands.integers(0), operands.shape(1)
    if axes is None or len(axes) != 1:
        return [None] * operands.outputs
    axis = axis_in(axes[0], len(shape))
    count = operands.outputs
    if count < 1 or shape[axis] % count:
        raise ShapeError(f"{shape[axis]} of axis {axis} do not divide into {count} parts")
    return partitioned(operands, shape, axis, (shape[axis] // count,) * count)


OPERATOR = Operator(
    "SPLIT",
    family=Family.SPLITTING,
    output_shapes=_shapes,
    any_view=True,
    axes=split_axes(0),
    moves=(1,),
    resolver="AddSplit",
    precisions=COPY,
)
