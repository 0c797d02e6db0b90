"""GATHER: slices of operand 0 along an axis, named by operand 1."""

from arenafit.ops._shapes import axis_in, listed
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    shape, indices = operands.shape(0), operands.shape(1)
    axis = axis_in(operands.option("axis", 0), len(shape))
    batched = operands.option("batch_dims", 0)
    batched += len(indices) if batched < 0 else 0
    if not 0 <= batched <= min(axis, len(indices)) or shape[:batched] != indices[:batched]:
        raise ShapeError(f"{batched} batch axes do not fit {listed(shape)} and indices {listed(indices)}")
    return [(*shape[:axis], *indices[batched:], *shape[axis + 1 :])]


OPERATOR = Operator("GATHER", output_shapes=_shapes, any_view=True)
