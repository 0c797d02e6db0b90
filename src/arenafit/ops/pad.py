"""PAD: zeros around operand 0."""

from arenafit.ops import magnitudes
from arenafit.ops._axes import pad_axes
from arenafit.ops._bitcasts import pads_nothing
from arenafit.ops._channel_cuts import cut_pad
from arenafit.ops._row_rules import pad_amounts
from arenafit.ops._shapes import padded
from arenafit.ops.facts import COPY, Family
from arenafit.ops.protocol import Operands, Operator
from arenafit.ops.rows import Geometry, Pointwise, Window


def _rows(operands: Operands, axis: int) -> Geometry | None:
    pads = pad_amounts(operands)
    if pads is None:
        return None
    if pads[1:3] == [(0, 0), (0, 0)]:
        return Pointwise((0,))  # channels only: row by row
    if pads[3] != (0, 0):
        return None
    return Window(1, 1, *pads[axis], *pads[3 - axis])


OPERATOR = Operator(
    "PAD",
    magnitude=magnitudes.as_operands,
    family=Family.PADDING,
    output_shapes=padded,
    least_operands=2,
    rows=_rows,
    cut_follower=cut_pad,
    axes=pad_axes,
    is_bitcast=pads_nothing,
    moves=(0,),
    resolver="AddPad",
    precisions=COPY,
)
