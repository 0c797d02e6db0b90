"""DEPTHWISE_CONV_2D: each channel of an image (N, H, W, C) with its own filters (1, H, W, O)."""

from collections.abc import Collection

from arenafit.ir import TensorId
from arenafit.ops import magnitudes
from arenafit.ops._channel_cuts import bias_axes
from arenafit.ops._row_rules import convolution
from arenafit.ops._shapes import listed, needed_rank
from arenafit.ops._windows import moved
from arenafit.ops.facts import BOTH, ChannelCut, Family
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    image, filters = operands.shape(0), operands.shape(1)
    needed_rank(filters, 4, "the filter")
    height, width = moved(operands, image, filters[1:3])
    if image[3] < 1 or filters[3] % image[3]:
        raise ShapeError(f"filters {listed(filters)} do not fit an input {listed(image)}")
    return [(image[0], height, width, filters[3])]


def _cut_head(operands: Operands) -> ChannelCut | None:
    op = operands.op
    weights = operands.constant(1)
    if weights is None or len(weights.shape) != 4 or operands.needed_input(0).shape[-1:] != (1,):
        return None
    if op.options is not None and op.options.get("depth_multiplier") is None:
        return None
    return ChannelCut((None, 3, *bias_axes(op)), sets_depth_multiplier=True)


def _cut_follower(operands: Operands, pieces: Collection[TensorId]) -> ChannelCut | None:
    op = operands.op
    weights = operands.constant(1)
    if weights is None or len(weights.shape) != 4 or op.inputs[0] not in pieces:
        return None
    channels = operands.needed_input(0).shape[-1]
    if channels == 0 or weights.shape[3] % channels:
        return None
    return ChannelCut((None, 3, *bias_axes(op)), multiplier=weights.shape[3] // channels)


OPERATOR = Operator(
    "DEPTHWISE_CONV_2D",
    short="dw",
    magnitude=magnitudes.weighted,
    family=Family.DEPTHWISE,
    output_shapes=_shapes,
    least_operands=2,
    options_kind="DepthwiseConv2DOptions",
    fuses_activation=True,
    rows=convolution,
    taps=1,
    cut_head=_cut_head,
    cut_follower=_cut_follower,
    resolver="AddDepthwiseConv2D",
    precisions=BOTH,
)
