"""int8 operators with weights of 4 bits, to measure."""

from collections.abc import Iterator
from itertools import product

from cases import Case, Shape
from upsampling import kernels, offsets

from arenafit.ir import DType

Pair = tuple[int, int]
SAME, VALID = 0, 1


def _sizes(image: Shape, kernel: Pair, stride: Pair, padding: int) -> Pair:
    if padding == SAME:
        return -(-image[0] // stride[0]), -(-image[1] // stride[1])
    return (image[0] - kernel[0]) // stride[0] + 1, (image[1] - kernel[1]) // stride[1] + 1


def _windows(
    name: str,
    shapes: list[tuple[Shape, int, Pair, Pair]],
    table: str,
    extra: dict[str, int],
    paddings: Pair | tuple[int] = (SAME, VALID),
) -> Iterator[Case]:
    for (image, outputs, kernel, stride), padding in product(shapes, paddings):
        size = _sizes(image, kernel, stride, padding)
        deep = name == "CONV_2D"
        weights = (outputs, *kernel, image[2]) if deep else (1, *kernel, outputs)
        yield Case(
            name, "i8", ((1, *image),), (1, *size, outputs), table,
            {"padding": padding, "stride_h": stride[0], "stride_w": stride[1], **extra},
            (kernels("i8", weights, 0 if deep else 3, DType.INT4), *offsets("i8", outputs)),
            {"stride": list(stride), "padding": ("SAME", "VALID")[padding], "bias": True, "weights": "i4"},
            shapes=((1, *image), weights),
        )  # fmt: skip


def convolutions() -> Iterator[Case]:
    """CONV_2D: 1x1 and larger, with lengths that are and are not multiples of 16, 4 and 2."""
    wide: list[tuple[Shape, int, Pair, Pair]] = [
        ((6, 8, 4), 8, (3, 3), (1, 1)), ((7, 5, 3), 6, (3, 3), (1, 1)), ((9, 9, 8), 5, (3, 3), (2, 2)),
        ((5, 5, 1), 7, (3, 3), (1, 1)), ((3, 12, 16), 8, (3, 3), (1, 1)), ((8, 6, 5), 9, (2, 3), (1, 1)),
        ((1, 24, 6), 4, (1, 5), (1, 1)), ((4, 4, 12), 3, (4, 4), (1, 1)), ((10, 7, 2), 10, (5, 5), (2, 1)),
        ((5, 3, 7), 8, (3, 2), (1, 1)), ((6, 6, 9), 12, (3, 3), (1, 1)), ((5, 7, 24), 16, (3, 3), (1, 1)),
        ((12, 3, 2), 3, (4, 1), (1, 1)), ((6, 5, 10), 2, (3, 3), (2, 2)), ((3, 3, 5), 6, (3, 3), (1, 1)),
        ((9, 5, 1), 4, (2, 2), (1, 1)), ((4, 7, 13), 11, (1, 3), (1, 1)), ((7, 7, 6), 1, (5, 5), (1, 1)),
        ((5, 9, 3), 13, (3, 3), (2, 1)), ((4, 3, 32), 4, (3, 3), (1, 1)),
    ]  # fmt: skip
    channels = [
        (16, 8), (12, 7), (20, 5), (33, 4), (7, 9), (64, 10), (48, 16), (3, 3), (22, 12), (10, 2), (37, 11), (15, 1),
        (18, 6), (1, 4), (5, 3), (40, 13),
    ]  # fmt: skip
    points: list[tuple[Shape, int, Pair, Pair]] = [
        ((height, width, depth), outputs, (1, 1), (1, 1))
        for depth, outputs in channels
        for height, width in ((4, 6), (3, 3), (1, 1))
    ]
    strided: list[tuple[Shape, int, Pair, Pair]] = [
        ((8, 8, 6), 6, (1, 1), (2, 2)), ((7, 7, 22), 12, (1, 1), (2, 2)), ((6, 9, 17), 3, (1, 1), (1, 2)),
        ((9, 2, 32), 5, (1, 1), (2, 1)),
    ]  # fmt: skip
    extra = {"dilation_h_factor": 1, "dilation_w_factor": 1}
    yield from _windows("CONV_2D", wide, "Conv2DOptions", extra)
    yield from _windows("CONV_2D", [*points, *strided], "Conv2DOptions", extra, (VALID,))


def depthwise() -> Iterator[Case]:
    """DEPTHWISE_CONV_2D of even and of uneven channels."""
    shapes: list[tuple[Shape, int, Pair, Pair]] = [
        ((6, 8, channels), channels, kernel, stride)
        for channels, kernel, stride in (
            (8, (3, 3), (1, 1)), (16, (3, 3), (2, 2)), (6, (3, 3), (1, 1)), (4, (5, 5), (1, 1)), (10, (2, 3), (1, 1)),
            (5, (3, 3), (1, 1)), (7, (5, 5), (1, 1)), (9, (2, 2), (1, 1)), (3, (3, 3), (2, 2)), (11, (1, 4), (1, 1)),
            (2, (3, 3), (1, 1)), (32, (3, 3), (1, 1)),
            (6, (5, 5), (1, 1)), (14, (3, 3), (1, 1)), (12, (4, 4), (1, 1)), (13, (3, 3), (1, 1)),
        )
    ]  # fmt: skip
    extra = {"dilation_h_factor": 1, "dilation_w_factor": 1, "depth_multiplier": 1}
    yield from _windows("DEPTHWISE_CONV_2D", shapes, "DepthwiseConv2DOptions", extra)


def dense() -> Iterator[Case]:
    """FULLY_CONNECTED over one and several rows."""
    for (rows, depth), outputs in product(((1, 32), (1, 30), (1, 33), (4, 20), (3, 7), (1, 128)), (8, 5, 10, 3)):
        weights = (outputs, depth)
        yield Case(
            "FULLY_CONNECTED", "i8", ((rows, depth),), (rows, outputs), "FullyConnectedOptions", {},
            (kernels("i8", weights, None, DType.INT4), *offsets("i8", outputs)), {"bias": True, "weights": "i4"},
            shapes=((rows, depth), weights),
        )  # fmt: skip


def four_bits() -> list[Case]:
    """Return every case."""
    return [*convolutions(), *depthwise(), *dense()]
