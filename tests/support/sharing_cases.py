"""Models of one operator in shapes in which a wrong distance between an operand and its result shows."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from arenafit.ir import DType, Model, Quant
from support.one_op import Factory, Make, Operand, const, f32, i8, i16, i32, one_op, typed

POOL = {"padding": 0, "stride_w": 1, "stride_h": 1, "filter_width": 3, "filter_height": 3}
NARROW = {"padding": 1, "stride_w": 2, "stride_h": 2, "filter_width": 2, "filter_height": 2}
# Two features that resizing kernels have.
CORNERS = {"align_corners": True}
CENTRES = {"half_pixel_centers": True}


def mixed_weights(dtype: DType, *shape: int) -> Operand:
    """Return constant weights that differ from row to row and from column to column."""
    values = np.arange(np.prod(shape)).reshape(shape) * 37 % 101 - 50
    if dtype is DType.FLOAT32:
        return const(values / 50, np.float32)
    return const(values, np.int8, Quant((0.01,), (0,)))


def dense(make: Factory, rows: int, depth: int, channels: int, *, split_rows: bool = False) -> Model:
    """Return FULLY_CONNECTED over several rows, which a second dimension counts if `split_rows`."""
    shape = (2, rows // 2) if split_rows else (rows,)
    source = make(*shape, depth)
    weights = mixed_weights(source.dtype, channels, depth)
    options = {"keep_num_dims": split_rows}
    return one_op(
        "FULLY_CONNECTED", [source, weights, None], [make(*shape, channels)], "FullyConnectedOptions", **options
    )


def pad(make: Factory, shape: tuple[int, ...], margins: list[list[int]]) -> Model:
    """Return PAD by (before, after) of each dimension."""
    padded = tuple(size + sum(pair) for size, pair in zip(shape, margins, strict=True))
    return one_op("PAD", [make(*shape), const(margins)], [make(*padded)], "PadOptions")


def mirror(make: Factory, *, symmetric: bool) -> Model:
    """Return MIRROR_PAD over rows, columns and channels."""
    margins = const([[0, 0], [2, 3], [1, 2], [1, 1]])
    return one_op(
        "MIRROR_PAD", [make(1, 7, 5, 3), margins], [make(1, 12, 8, 5)], "MirrorPadOptions", mode=int(symmetric)
    )


def resize(name: str, make: Factory, before: tuple[int, int], after: tuple[int, int], **options: bool) -> Model:
    """Return a resizing of two images from (height, width) to (height, width)."""
    table = {"RESIZE_BILINEAR": "ResizeBilinearOptions", "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions"}[
        name
    ]
    return one_op(name, [make(2, *before, 3), const(after)], [make(2, *after, 3)], table, **options)


def channels_joined(make: Factory, *channels: int) -> Model:
    """Return CONCATENATION over the last axis."""
    parts = [make(1, 6, 5, count) for count in channels]
    return one_op("CONCATENATION", parts, [make(1, 6, 5, sum(channels))], "ConcatenationOptions", axis=3)


_TYPES = ("float", "int8", "int16")
_DENSE = {
    f"FULLY_CONNECTED {kind} {depth} to {channels}": partial(dense, typed(kind), 12, depth, channels)
    for kind in _TYPES
    for depth, channels in ((24, 24), (16, 40), (40, 10))
}
_RESIZED = {
    f"{name} {kind} {before} to {after} {'+'.join(options)}": partial(
        resize, name, typed(kind), before, after, **options
    )
    for name in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR")
    for kind in ("float", "int8")
    for before, after in (((5, 4), (10, 8)), ((9, 7), (4, 5)), ((6, 6), (17, 6)))
    for options in ({}, CORNERS, CENTRES)
}  # fmt: skip

MORE: Mapping[str, Make] = {
    "SLICE": lambda: one_op(
        "SLICE", [i8(1, 6, 5, 4), const([0, 1, 1, 0]), const([1, 4, 3, 4])], [i8(1, 4, 3, 4)], "SliceOptions"
    ),
    "SLICE run": lambda: one_op(
        "SLICE", [i16(1, 6, 5, 4), const([0, 2, 0, 0]), const([1, 3, 5, 4])], [i16(1, 3, 5, 4)], "SliceOptions"
    ),
    "STRIDED_SLICE run": lambda: one_op(
        "STRIDED_SLICE",
        [i8(4, 16), const([1, 0]), const([2, 16]), const([1, 1])],
        [i8(16)],
        "StridedSliceOptions",
        shrink_axis_mask=1,
    ),
    "CONCATENATION": lambda: one_op(
        "CONCATENATION", [i8(1, 16), i8(2, 16)], [i8(3, 16)], "ConcatenationOptions", axis=0
    ),
    "SPLIT": lambda: one_op("SPLIT", [const(0), i8(4, 16)], [i8(2, 16), i8(2, 16)], "SplitOptions", num_splits=2),
    "SPLIT channels": lambda: one_op(
        "SPLIT", [const(2), i8(3, 5, 32)], [i8(3, 5, 16), i8(3, 5, 16)], "SplitOptions", num_splits=2
    ),
    "SPLIT_V channels": lambda: one_op(
        "SPLIT_V",
        [f32(5, 16), const([4, 12]), const(1)],
        [f32(5, 4), f32(5, 12)],
        "SplitVOptions",
        num_splits=2,
    ),
    "UNPACK rows": lambda: one_op("UNPACK", [f32(5, 3, 4)], [f32(5, 4)] * 3, "UnpackOptions", num=3, axis=1),
    "UNPACK": lambda: one_op("UNPACK", [f32(2, 8)], [f32(8), f32(8)], "UnpackOptions", num=2, axis=0),
    "PACK": lambda: one_op("PACK", [f32(8), f32(8)], [f32(2, 8)], "PackOptions", values_count=2, axis=0),
    "QUANTIZE narrower": lambda: one_op("QUANTIZE", [f32(3, 37)], [i8(3, 37)], "QuantizeOptions"),
    "QUANTIZE wider": lambda: one_op("QUANTIZE", [i8(3, 37)], [i16(3, 37)], "QuantizeOptions"),
    "DEQUANTIZE wider": lambda: one_op("DEQUANTIZE", [i8(3, 37)], [f32(3, 37)], "DequantizeOptions"),
    "CAST same": lambda: one_op("CAST", [i32(3, 37)], [f32(3, 37)], "CastOptions"),
    "GATHER up": lambda: one_op("GATHER", [i8(5, 16), const([0, 1, 2])], [i8(3, 16)], "GatherOptions", axis=0),
    "MAX_POOL_2D": lambda: one_op("MAX_POOL_2D", [i8(1, 9, 7, 4)], [i8(1, 9, 7, 4)], "Pool2DOptions", **POOL),
    "MAX_POOL_2D float": lambda: one_op("MAX_POOL_2D", [f32(2, 8, 6, 4)], [f32(2, 4, 3, 4)], "Pool2DOptions", **NARROW),
    "AVERAGE_POOL_2D": lambda: one_op("AVERAGE_POOL_2D", [i8(1, 9, 7, 4)], [i8(1, 9, 7, 4)], "Pool2DOptions", **POOL),
    "AVERAGE_POOL_2D int16": lambda: one_op(
        "AVERAGE_POOL_2D", [i16(2, 8, 6, 4)], [i16(2, 4, 3, 4)], "Pool2DOptions", **NARROW
    ),
    "PAD": lambda: pad(i8, (1, 5, 4, 8), [[0, 0], [1, 2], [2, 1], [0, 0]]),
    "PAD float": lambda: pad(f32, (1, 5, 4, 8), [[0, 0], [1, 2], [2, 1], [0, 0]]),
    "PAD channels": lambda: pad(i8, (2, 5, 4, 8), [[0, 0], [1, 2], [0, 1], [2, 1]]),
    "PAD two dimensions": lambda: pad(i8, (9, 20), [[1, 2], [3, 1]]),
    "RELU": lambda: one_op("RELU", [i8(3, 50)], [i8(3, 50)]),
    "FULLY_CONNECTED rows of rows": lambda: dense(i8, 12, 24, 24, split_rows=True),
    "FULLY_CONNECTED float rows of rows": lambda: dense(f32, 12, 24, 24, split_rows=True),
    "MIRROR_PAD reflect": lambda: mirror(f32, symmetric=False),
    "MIRROR_PAD symmetric": lambda: mirror(i8, symmetric=True),
    "CONCATENATION channels": lambda: channels_joined(i8, 16, 4, 24),
    "CONCATENATION channels float": lambda: channels_joined(f32, 8, 8),
    **_DENSE,
    **_RESIZED,
}  # fmt: skip
