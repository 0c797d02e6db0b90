"""PACK: operands of one shape, stacked along a new axis."""

import numpy as np

from arenafit.ops._bitcasts import is_single
from arenafit.ops._evaluation import Array, moves_only
from arenafit.ops._shapes import axis_in, listed
from arenafit.ops.facts import ALL_OPERANDS, COPY, Family
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    count = len(operands.op.inputs)
    shape = operands.shape(0)
    different = next((one for one in map(operands.shape, range(count)) if one != shape), None)
    if different is not None:
        raise ShapeError(f"{listed(shape)} and {listed(different)} do not stack")
    if operands.option("values_count", count) != count:
        raise ShapeError(f"{operands.option('values_count')} values are to be stacked, there are {count}")
    axis = axis_in(operands.option("axis", 0), len(shape) + 1)
    return [(*shape[:axis], count, *shape[axis:])]


def _evaluate(operands: Operands, values: list[Array]) -> list[Array] | None:
    return [np.stack(values, axis=operands.number("axis"))] if moves_only(operands) else None


OPERATOR = Operator(
    "PACK",
    keeps_values=ALL_OPERANDS,
    family=Family.STACKING,
    output_shapes=_shapes,
    any_view=True,
    is_bitcast=is_single,
    evaluate=_evaluate,
    resolver="AddPack",
    precisions=COPY,
)
