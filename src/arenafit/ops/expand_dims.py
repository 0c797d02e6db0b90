"""EXPAND_DIMS: an axis of size 1 more, where operand 1 says."""

from arenafit.ops import magnitudes
from arenafit.ops._bitcasts import always
from arenafit.ops._evaluation import reshaped
from arenafit.ops._shapes import axis_in
from arenafit.ops.facts import COPY, Family
from arenafit.ops.protocol import Operands, Operator, Shape


def _shapes(operands: Operands) -> list[Shape | None]:
    shape, axes = operands.shape(0), operands.integers(1)
    if axes is None or len(axes) != 1:
        return [None]
    axis = axis_in(axes[0], len(shape) + 1)
    return [(*shape[:axis], 1, *shape[axis:])]


OPERATOR = Operator(
    "EXPAND_DIMS",
    keeps_values=(0,),
    magnitude=magnitudes.as_operands,
    family=Family.EXPANSION,
    output_shapes=_shapes,
    is_bitcast=always,
    evaluate=reshaped,
    resolver="AddExpandDims",
    precisions=COPY,
)
