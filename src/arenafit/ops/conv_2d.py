"""CONV_2D: convolution of an image (N, H, W, C) with filters (O, H, W, I), in groups of I channels."""

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
    if filters[3] < 1 or image[3] % filters[3] or filters[0] % (image[3] // filters[3]):
        raise ShapeError(f"filters {listed(filters)} do not fit an input {listed(image)}")
    return [(image[0], height, width, filters[0])]


def _cut_head(operands: Operands) -> ChannelCut | None:
    op = operands.op
    weights = operands.constant(1)
    if weights is None or len(weights.shape) != 4 or weights.shape[0] != operands.needed_output().shape[-1]:
        return None
    # A grouped convolution ties output channels to input channels.
    if operands.needed_input(0).shape[-1:] != weights.shape[3:]:
        return None
    return ChannelCut((None, 0, *bias_axes(op)))


OPERATOR = Operator(
    "CONV_2D",
    short="conv",
    magnitude=magnitudes.weighted,
    family=Family.CONVOLUTION,
    output_shapes=_shapes,
    least_operands=2,
    options_kind="Conv2DOptions",
    fuses_activation=True,
    rows=convolution,
    taps=1,
    cut_head=_cut_head,
    resolver="AddConv2D",
    precisions=BOTH,
)
