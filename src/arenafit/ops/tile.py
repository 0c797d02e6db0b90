"""TILE: copies of operand 0 side by side, as often as operand 1 says."""

from arenafit.ops._bitcasts import always
from arenafit.ops._shapes import listed
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape | None]:
    shape, copies = operands.shape(0), operands.integers(1)
    if copies is None:
        return [None]
    if len(copies) != len(shape) or min(copies, default=1) < 1:
        raise ShapeError(f"{listed(copies)} copies do not fit {listed(shape)}")
    return [tuple(extent * count for extent, count in zip(shape, copies, strict=True))]


OPERATOR = Operator("TILE", keeps_values=(0,), output_shapes=_shapes, is_bitcast=always)
