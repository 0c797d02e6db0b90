"""Operators that make an image larger, or trade rows for channels: which rows they read, and how they run on stripes.

Each makes `factor` output rows for one step of its window (see `Window`). What is said of kernels mirrors
tensorflow/lite/kernels/internal/reference/{resize_nearest_neighbor,resize_bilinear,depth_to_space,space_to_depth,
transpose_conv}.h (2026-08); TFLM, desktop LiteRT's reference kernels and, for TRANSPOSE_CONV, CMSIS-NN agree on it.
"""

from collections.abc import Callable, Mapping

import numpy as np

from arenafit.ir import DType, Graph, Op, Tensor
from arenafit.streaming.loop.body import GATHERED
from arenafit.streaming.window import SAME_PADDING, Window, same_padding

# The operand that tells a kernel the size of its output, and the axes it names.
_SIZE_OPERANDS: Mapping[str, tuple[int, slice]] = {
    "RESIZE_NEAREST_NEIGHBOR": (1, slice(1, 3)),
    "RESIZE_BILINEAR": (1, slice(1, 3)),
    "TRANSPOSE_CONV": (0, slice(0, 4)),
}
# Resizing computes with 10 bits of fraction: ratios that divide it are the same in every stripe.
_FRACTION = 1 << 10


def size_operand(op: Op, shape: tuple[int, ...]) -> tuple[int, tuple[int, ...]] | None:
    """Return the position of the operand that states the output's size, with what it says for an output of `shape`.

    None if `op` has no such operand. Padding of operators that have one follows from the size, so they keep theirs.
    """
    known = _SIZE_OPERANDS.get(op.name)
    return None if known is None else (known[0], shape[known[1]])


def _factor(source: Tensor | None, output: Tensor, axis: int) -> int | None:
    """Return how many output rows there are for an input row, if a whole number."""
    if source is None or source.is_constant or len(source.shape) != 4 or source.shape[0] != 1:
        return None
    factor, rest = divmod(output.shape[axis], max(1, source.shape[axis]))
    return factor if factor and not rest else None


def _options(op: Op) -> tuple[bool, bool]:
    """Return align_corners and half_pixel_centers."""
    options = op.options
    return (
        options is not None and bool(options.get("align_corners", False)),
        options is not None and bool(options.get("half_pixel_centers", False)),
    )


def _nearest(graph: Graph, op: Op, axis: int) -> Window | None:
    """RESIZE_NEAREST_NEIGHBOR whose output row o is input row o // factor."""
    source, size = graph.inputs_of(op)[:2]
    output = graph.tensor(op.outputs[0])
    factor = _factor(source, output, axis)
    aligned, centered = _options(op)
    if factor is None or size is None or not size.is_constant or (aligned and centered):
        return None
    # A stripe is resized as an image of its own, whose scale is another where corners are aligned.
    heights = range(1, output.shape[axis] // factor + 1) if aligned else (output.shape[axis] // factor,)
    if not all(_repeats(height, factor, aligned=aligned, centered=centered) for height in heights):
        return None
    return Window(1, 1, 0, 0, factor=factor, repeats=output.dtype in GATHERED, exact=True)


def _repeats(height: int, factor: int, *, aligned: bool, centered: bool) -> bool:
    """Return whether, in the kernel's arithmetic, every row of `height` becomes `factor` equal ones."""
    rows = np.arange(height * factor)
    one = np.float32
    last = 1 if aligned and len(rows) > 1 else 0
    scale = one(height - last) / one(len(rows) - last)
    places = (rows.astype(np.float32) + one(0.5 if centered else 0.0)) * scale
    # Rounding is away from zero at halves, and nothing here is negative.
    found = np.floor(places.astype(np.float64) + (0.5 if aligned else 0.0)).astype(np.int64)
    return bool(np.array_equal(np.minimum(found, height - 1), rows // factor))


def _bilinear(graph: Graph, op: Op, axis: int) -> Window | None:
    """RESIZE_BILINEAR by a power of two: each output row lies between two input rows.

    At the image's edges the kernel reads one row twice. A stripe reads a copy of it instead, with the same weights
    except where centres are half pixels: there the kernel extrapolates by one row, which only integers bring out even.
    Stripes of floats are moved inside the image.
    """
    source, size = graph.inputs_of(op)[:2]
    output = graph.tensor(op.outputs[0])
    factor = _factor(source, output, axis)
    aligned, centered = _options(op)
    if factor is None or size is None or not size.is_constant or _FRACTION % factor:
        return None
    if output.dtype not in GATHERED:
        return None
    if factor == 1:
        return Window(1, 1, 0, 0, exact=True)
    if aligned:
        return None
    if centered:
        shifts = output.dtype is not DType.INT8
        return Window(3, 1, 1, 1, pad_value="nearest_row", factor=factor, skipped=factor, spare=factor, shifts=shifts)
    return Window(2, 1, 0, 1, pad_value="nearest_row", factor=factor, spare=factor)


def _depth_to_space(graph: Graph, op: Op, axis: int) -> Window | None:
    factor = _factor(graph.inputs_of(op)[0], graph.tensor(op.outputs[0]), axis)
    return None if factor is None else Window(1, 1, 0, 0, factor=factor)


def _space_to_depth(graph: Graph, op: Op, axis: int) -> Window | None:
    source, output = graph.inputs_of(op)[0], graph.tensor(op.outputs[0])
    if source is None or source.is_constant or len(source.shape) != 4 or source.shape[0] != 1:
        return None
    block, rest = divmod(source.shape[axis], output.shape[axis])
    return Window(block, block, 0, 0, exact=True) if block and not rest else None


def _transpose_conv(graph: Graph, op: Op, axis: int) -> Window | None:
    """TRANSPOSE_CONV: output row o gets what input row i scatters to it, o = i*stride - padding + tap.

    A stripe is given the output size that its rows would have as a whole image, so that the kernel pads it like one.
    """
    if len(op.inputs) < 3 or op.options is None:
        return None
    shape, weights, source, *bias = graph.inputs_of(op)
    output = graph.tensor(op.outputs[0])
    if any(item is None or not item.is_constant for item in (shape, weights)) or source is None or weights is None:
        return None
    if any(item is not None and not item.is_constant for item in bias) or source.is_constant:
        return None
    if len(source.shape) != 4 or source.shape[0] != 1:
        return None
    stride, taps = int(op.options["stride_h" if axis == 1 else "stride_w"]), weights.shape[axis]
    height, rows = output.shape[axis], source.shape[axis]
    same = int(op.options["padding"]) == SAME_PADDING
    if height != (rows * stride if same else (rows - 1) * stride + max(taps, stride)):
        return None
    padding = same_padding(height, taps, stride)[0] if same else 0
    before = (taps - 1 - padding) // stride
    extent = (stride - 1 + padding) // stride + before + 1
    last = -(-height // stride) - 1 - before + extent - 1
    whole = (extent - 1) * stride if same else (extent - 2) * stride + max(taps, stride)
    skipped = before * stride
    return Window(
        extent, 1, before, max(0, last - rows + 1), factor=stride, operand=2, skipped=skipped, spare=whole - skipped
    )


RULES: Mapping[str, Callable[[Graph, Op, int], Window | None]] = {
    "RESIZE_NEAREST_NEIGHBOR": _nearest,
    "RESIZE_BILINEAR": _bilinear,
    "DEPTH_TO_SPACE": _depth_to_space,
    "SPACE_TO_DEPTH": _space_to_depth,
    "TRANSPOSE_CONV": _transpose_conv,
}
