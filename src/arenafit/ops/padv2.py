"""PADV2: operand 2 around operand 0."""

from arenafit.ops._axes import pad_axes
from arenafit.ops._bitcasts import pads_nothing
from arenafit.ops._channel_cuts import cut_pad
from arenafit.ops._shapes import padded
from arenafit.ops.facts import COPY, Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "PADV2",
    family=Family.PADDING,
    output_shapes=padded,
    cut_follower=cut_pad,
    axes=pad_axes,
    is_bitcast=pads_nothing,
    resolver="AddPadV2",
    precisions=COPY,
)
