"""MAX_POOL_2D: max of each window of an image (N, H, W, C)."""

from arenafit.ops import magnitudes
from arenafit.ops._axes import pool_axes
from arenafit.ops._bitcasts import pools_single, pools_single_integer
from arenafit.ops._channel_cuts import cut_unary
from arenafit.ops._row_rules import pool
from arenafit.ops._windows import pooled
from arenafit.ops.facts import COPY, Family
from arenafit.ops.protocol import Operands, Operator
from arenafit.ops.rows import Window


def _rows(operands: Operands, axis: int) -> Window | None:
    found = pool(operands, axis)
    if found is None:
        return None
    return Window(
        found.extent, found.stride, found.before, found.after, found.cross_before, found.cross_after, "lowest"
    )


OPERATOR = Operator(
    "MAX_POOL_2D",
    short="pool",
    magnitude=magnitudes.as_operands,
    summary="max",
    family=Family.POOLING,
    output_shapes=pooled,
    options_kind="Pool2DOptions",
    fuses_activation=True,
    rows=_rows,
    cut_follower=cut_unary,
    axes=pool_axes,
    is_bitcast=pools_single_integer,
    keeps_finite=pools_single,
    moves=(0,),
    resolver="AddMaxPool2D",
    precisions=COPY,
)
