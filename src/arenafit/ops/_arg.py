"""Output shape of the operators that find an index along an axis."""

from arenafit.ops._shapes import axis_in
from arenafit.ops.protocol import Operands, Shape


def without_axis(operands: Operands) -> list[Shape | None]:
    """Return the shape of operand 0 without the axis that operand 1 names."""
    shape, axes = operands.shape(0), operands.integers(1)
    if axes is None or len(axes) != 1:
        return [None]
    axis = axis_in(axes[0], len(shape))
    return [(*shape[:axis], *shape[axis + 1 :])]
