"""FULLY_CONNECTED: rows of the input times weights (O, I)."""

from math import prod

from arenafit.ops._shapes import listed, needed_rank
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    shape, weights = operands.shape(0), operands.shape(1)
    needed_rank(weights, 2, "the weights")
    outputs, inputs = weights
    if operands.option("keep_num_dims", False):
        if not shape or shape[-1] != inputs:
            raise ShapeError(f"weights {listed(weights)} do not fit an input {listed(shape)}")
        return [(*shape[:-1], outputs)]
    if inputs < 1 or prod(shape) % inputs:
        raise ShapeError(f"weights {listed(weights)} do not fit an input {listed(shape)}")
    return [(prod(shape) // inputs, outputs)]


OPERATOR = Operator("FULLY_CONNECTED", output_shapes=_shapes, any_view=True)
