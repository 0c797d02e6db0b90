"""How far behind its operand a windowed kernel's output may run: the loops of convolutions and poolings.

The reference kernels go batch by batch, row by row, pixel by pixel, channel by channel, and write a pixel's channels
one after another (tensorflow/lite/kernels/internal/reference/conv.h, pooling.h, depthwiseconv_float.h and
integer_ops/conv.h, depthwise_conv.h, pooling.h, commit 90b983c2). CMSIS-NN and ESP-NN run convolutions in other orders,
but poolings pixel by pixel, too (arm_max_pool_s8.c, arm_avgpool_s8.c and the 16-bit ones at 99f736a6, esp_nn_*_pool_*):
some write all channels of a pixel with the first element of its window, and again with each other one.
"""

from collections.abc import Iterator
from math import prod

import numpy as np

from arenafit.ir import Graph, Op, Tensor
from arenafit.kernels._write_behind import MOST_STEPS
from arenafit.kernels.sharing import OperandOverlap, SharingRule, input_at, moving_input
from arenafit.units import ARENA_ALIGNMENT_BYTES


def behind_the_window(*, filter_position: int | None, whole_pixels: bool = False) -> SharingRule:
    """Return the rule of a windowed kernel whose filter is the operand at `filter_position`, or in its options.

    With `whole_pixels` any channel of a pixel may be written before all of its window has been read.
    """

    def rule(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
        source, output = moving_input(graph, op, 0), graph.outputs_of(op)[0]
        if source is None or op.options is None or len(source.shape) != 4 or len(output.shape) != 4:
            return
        if any(moving_input(graph, op, position) is not None for position in range(1, len(op.inputs))):
            return
        window = _filter(graph, op, filter_position)
        if window is None or source.dtype.bits % 8 or 0 in source.shape or 0 in output.shape:
            return
        if prod(output.shape[:3]) > MOST_STEPS:
            return
        firsts = _first_rows(op, source, output, window)
        highest = _highest_bytes(source, output, firsts, whole_pixels=whole_pixels)
        # Lower by up to the alignment, so that what is tied to it stays aligned.
        highest = highest // ARENA_ALIGNMENT_BYTES * ARENA_ALIGNMENT_BYTES
        yield OperandOverlap(0, 0, None, highest, None)

    return rule


def _filter(graph: Graph, op: Op, position: int | None) -> tuple[int, int] | None:
    if position is None:
        # A damaged model may hold another operator's options.
        names = ("filter_height", "filter_width")
        extents = [None if op.options is None else op.options.get(name) for name in names]
        height, width = extents
        return (height, width) if isinstance(height, int) and isinstance(width, int) else None
    weights = input_at(graph, op, position)
    return None if weights is None or len(weights.shape) != 4 else (weights.shape[1], weights.shape[2])


def _first_rows(op: Op, source: Tensor, output: Tensor, window: tuple[int, int]) -> tuple[list[int], list[int]]:
    """Return the first input row of each output row and the first input column of each output column, clipped."""
    return (
        _firsts(op, "h", source.shape[1], output.shape[1], window[0]),
        _firsts(op, "w", source.shape[2], output.shape[2], window[1]),
    )


def _firsts(op: Op, axis: str, size: int, out: int, window: int) -> list[int]:
    options = op.options
    stride = 1 if options is None else int(options[f"stride_{axis}"])
    dilation = 1 if options is None else int(options.get(f"dilation_{axis}_factor", 1) or 1)
    reach = (window - 1) * dilation + 1
    # As ComputePaddingWithOffset does; where no padding is needed the window begins at the operand's edge.
    before = max(0, (out - 1) * stride + reach - size) // 2
    return [min(size - 1, max(0, index * stride - before)) for index in range(out)]


def _highest_bytes(source: Tensor, output: Tensor, firsts: tuple[list[int], list[int]], *, whole_pixels: bool) -> int:
    """Return the largest distance at which no pixel is written over what this or a later pixel reads."""
    _, height, width, channels = source.shape
    batches, out_height, out_width, out_channels = output.shape
    in_bytes, out_bytes = source.dtype.bits // 8, output.dtype.bits // 8
    batch = np.arange(batches)[:, None, None] * height
    rows, columns = np.array(firsts[0])[None, :, None], np.array(firsts[1])[None, None, :]
    first = (((batch + rows) * width + columns) * channels * in_bytes).reshape(-1)
    needed = np.minimum.accumulate(first[::-1])[::-1]
    # Otherwise the last channel of a pixel is written when all that it needs has been read.
    channels_apart = out_channels if whole_pixels else out_channels - 1
    written = (np.arange(batches * out_height * out_width) * out_channels + channels_apart) * out_bytes
    return int((needed - written).min())
