"""GATHER: slices of operand 0 along an axis, named by operand 1."""

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._evaluation import Array, same_quant_as_output
from arenafit.ops._shapes import axis_in, listed
from arenafit.ops.facts import COPY_INT8
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    shape, indices = operands.shape(0), operands.shape(1)
    axis = axis_in(operands.option("axis", 0), len(shape))
    batched = operands.option("batch_dims", 0)
    batched += len(indices) if batched < 0 else 0
    if not 0 <= batched <= min(axis, len(indices)) or shape[:batched] != indices[:batched]:
        raise ShapeError(f"{batched} batch axes do not fit {listed(shape)} and indices {listed(indices)}")
    return [(*shape[:axis], *indices[batched:], *shape[axis + 1 :])]


def _evaluate(operands: Operands, values: list[Array]) -> list[Array] | None:
    data, indices = values
    axis = operands.number("axis")
    if operands.number("batch_dims") or not same_quant_as_output(operands, 1) or not -data.ndim <= axis < data.ndim:
        return None
    if indices.size and not (indices.min() >= 0 and indices.max() < data.shape[axis]):
        return None
    return [np.take(data, indices, axis=axis)]


OPERATOR = Operator(
    "GATHER",
    magnitude=magnitudes.as_operands,
    output_shapes=_shapes,
    any_view=True,
    evaluate=_evaluate,
    moves=(0,),
    resolver="AddGather",
    precisions=COPY_INT8,
)
