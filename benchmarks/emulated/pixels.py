"""int8 convolutions over single pixels and a few of them, as loops run them a row at a time, to measure."""

from collections.abc import Iterator
from itertools import product

from cases import Case, Shape
from upsampling import kernels, offsets

ONE = {"padding": 1, "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}


def points() -> Iterator[Case]:
    """CONV_2D of 1x1: pixels that CMSIS-NN multiplies in pairs (four at a time with MVE), and those left over."""
    channels = [
        (40, 128), (128, 128), (128, 32), (16, 8), (64, 64), (33, 4), (12, 7), (22, 12), (7, 10), (96, 24), (256, 6),
        (3, 16), (48, 5), (20, 40),
    ]  # fmt: skip
    for (depth, outputs), width in product(channels, (1, 2, 3, 5)):
        weights = (outputs, 1, 1, depth)
        yield _valid("CONV_2D", (1, 1, width, depth), weights, (1, 1, width, outputs), 0)


def columns() -> Iterator[Case]:
    """DEPTHWISE_CONV_2D over as many rows as its kernel has."""
    shapes: list[tuple[Shape, int]] = [
        ((3, 1, 40), 1), ((5, 1, 128), 1), ((10, 1, 128), 1), ((3, 3, 64), 5), ((3, 3, 16), 1), ((3, 3, 24), 2),
        ((4, 3, 6), 1), ((15, 1, 128), 1), ((3, 3, 7), 3), ((5, 5, 32), 3), ((3, 3, 144), 6), ((2, 2, 33), 1),
        ((3, 1, 130), 1), ((5, 1, 16), 1), ((3, 3, 8), 47), ((3, 3, 32), 22),
    ]  # fmt: skip
    for (rows, wide, channels), width in shapes:
        image = (1, rows, wide + width - 1, channels)
        yield _valid("DEPTHWISE_CONV_2D", image, (1, rows, wide, channels), (1, 1, width, channels), 3)


def _valid(name: str, image: Shape, weights: Shape, output: Shape, axis: int) -> Case:
    deep = name == "CONV_2D"
    return Case(
        name, "i8", (image,), output, "Conv2DOptions" if deep else "DepthwiseConv2DOptions",
        ONE if deep else {**ONE, "depth_multiplier": 1},
        (kernels("i8", weights, axis), *offsets("i8", weights[axis])),
        {"stride": [1, 1], "padding": "VALID", "bias": True}, shapes=(image, weights),
    )  # fmt: skip


def pixels() -> list[Case]:
    """Return every case."""
    return [*points(), *columns()]
