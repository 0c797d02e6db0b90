"""UNPACK: slices of operand 0 along an axis, one each output."""

import numpy as np

from arenafit.ops._bitcasts import always
from arenafit.ops._evaluation import Array, moves_only
from arenafit.ops._shapes import axis_in
from arenafit.ops.facts import COPY, Family
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    shape = operands.shape(0)
    axis = axis_in(operands.option("axis", 0), len(shape))
    if shape[axis] != operands.outputs or operands.option("num", operands.outputs) != operands.outputs:
        raise ShapeError(f"axis {axis} has {shape[axis]} slices, there are {operands.outputs} outputs")
    return [(*shape[:axis], *shape[axis + 1 :])] * operands.outputs


def _evaluate(operands: Operands, values: list[Array]) -> list[Array] | None:
    if not moves_only(operands):
        return None
    return list(np.moveaxis(values[0], operands.number("axis"), 0))


OPERATOR = Operator(
    "UNPACK",
    keeps_values=(0,),
    family=Family.UNSTACKING,
    output_shapes=_shapes,
    any_view=True,
    is_bitcast=always,
    evaluate=_evaluate,
    resolver="AddUnpack",
    precisions=COPY,
)
