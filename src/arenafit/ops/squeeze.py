"""SQUEEZE: without axes of size 1."""

from arenafit.ops import magnitudes
from arenafit.ops._bitcasts import always
from arenafit.ops._evaluation import reshaped
from arenafit.ops._shapes import axis_in, listed
from arenafit.ops.facts import COPY, Family
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    shape = operands.shape(0)
    named = operands.option("squeeze_dims") or ()
    removed = (
        {axis_in(axis, len(shape)) for axis in named} if named else {at for at, size in enumerate(shape) if size == 1}
    )
    if any(shape[axis] != 1 for axis in removed):
        raise ShapeError(f"axes {sorted(removed)} of {listed(shape)} are not all 1")
    return [tuple(size for axis, size in enumerate(shape) if axis not in removed)]


OPERATOR = Operator(
    "SQUEEZE",
    keeps_values=(0,),
    magnitude=magnitudes.as_operands,
    family=Family.SQUEEZING,
    output_shapes=_shapes,
    any_view=True,
    is_bitcast=always,
    evaluate=reshaped,
    resolver="AddSqueeze",
    precisions=COPY,
)
