"""SPLIT_V: parts of operand 0, of the sizes in operand 1, along the axis in operand 2."""

from arenafit.ops._axes import split_axes
from arenafit.ops._shapes import axis_in, partitioned
from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operands, Operator, Shape


def _shapes(operands: Operands) -> list[Shape | None]:
    shape, sizes, axes = operands.shape(0), operands.integers(1), operands.integers(2)
    if sizes is None or axes is None or len(axes) != 1:
        return [None] * operands.outputs
    axis = axis_in(axes[0], len(shape))
    rest = shape[axis] - sum(size for size in sizes if size != -1)
    return partitioned(operands, shape, axis, tuple(rest if size == -1 else size for size in sizes))


OPERATOR = Operator(
    "SPLIT_V",
    output_shapes=_shapes,
    any_view=True,
    axes=split_axes(2),
    moves=(0,),
    resolver="AddSplitV",
    precisions=COPY,
)
