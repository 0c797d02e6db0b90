"""int16 operators, to measure."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from cases import Case, Operand, Shape, Weights
from upsampling import BIAS_SCALE, kernels, offsets

from arenafit.ir import DType, Quant

Pair = tuple[int, int]
SAME, VALID = 0, 1


def _narrow(count: int) -> Operand:
    drawn = np.random.default_rng(count).integers(-500, 500, count, np.int32)
    return Weights(drawn, DType.INT32, Quant((BIAS_SCALE,) * count, (0,) * count, 0))


def _size(image: Shape, kernel: Pair, stride: Pair, padding: int, dilation: int = 1) -> Pair:
    if padding == SAME:
        return -(-image[0] // stride[0]), -(-image[1] // stride[1])
    spans = [(length - 1) * dilation + 1 for length in kernel]
    return (image[0] - spans[0]) // stride[0] + 1, (image[1] - spans[1]) // stride[1] + 1


def convolutions() -> Iterator[Case]:
    """CONV_2D with biases of 64 and of 32 bits."""
    shapes: list[tuple[Shape, int, Pair, Pair]] = [
        ((6, 8, 4), 8, (3, 3), (1, 1)), ((7, 5, 3), 6, (3, 3), (1, 1)), ((9, 9, 8), 5, (3, 3), (2, 2)),
        ((5, 5, 1), 7, (3, 3), (1, 1)), ((3, 12, 16), 8, (3, 3), (1, 1)), ((8, 6, 5), 9, (2, 3), (1, 1)),
        ((1, 24, 6), 4, (1, 5), (1, 1)), ((4, 4, 12), 3, (4, 4), (1, 1)), ((6, 6, 16), 8, (1, 1), (1, 1)),
        ((5, 5, 13), 7, (1, 1), (1, 1)), ((3, 7, 32), 5, (1, 1), (1, 1)), ((8, 8, 6), 6, (1, 1), (2, 2)),
        ((3, 3, 64), 4, (3, 3), (1, 1)), ((3, 5, 60), 3, (3, 3), (1, 1)), ((1, 1, 64), 10, (1, 1), (1, 1)),
        ((10, 7, 2), 10, (5, 5), (2, 1)),
    ]  # fmt: skip
    for (image, outputs, kernel, stride), padding, narrow in product(shapes, (SAME, VALID), (False, True)):
        if kernel == (1, 1) and padding == SAME:
            continue
        weights = (outputs, *kernel, image[2])
        yield Case(
            "CONV_2D", "i16", ((1, *image),), (1, *_size(image, kernel, stride, padding), outputs), "Conv2DOptions",
            {
                "padding": padding, "stride_h": stride[0], "stride_w": stride[1],
                "dilation_h_factor": 1, "dilation_w_factor": 1,
            },
            (kernels("i16", weights), *((_narrow(outputs),) if narrow else offsets("i16", outputs))),
            {"stride": list(stride), "padding": ("SAME", "VALID")[padding], "bias": "i32" if narrow else True},
            shapes=((1, *image), weights),
        )  # fmt: skip


def depthwise() -> Iterator[Case]:
    """DEPTHWISE_CONV_2D with multipliers and dilation."""
    shapes: list[tuple[Shape, int, Pair, Pair, int]] = [
        ((6, 8, 8), 1, (3, 3), (1, 1), 1), ((6, 8, 5), 1, (3, 3), (2, 2), 1), ((7, 5, 16), 1, (5, 5), (1, 1), 1),
        ((4, 9, 3), 2, (3, 3), (1, 1), 1), ((6, 6, 4), 4, (3, 3), (1, 1), 1), ((8, 8, 6), 1, (3, 3), (1, 1), 2),
        ((1, 20, 12), 1, (1, 3), (1, 1), 1), ((5, 5, 1), 8, (3, 3), (2, 2), 1), ((6, 4, 24), 1, (2, 4), (1, 1), 1),
        ((9, 9, 2), 3, (2, 2), (2, 1), 1), ((7, 7, 10), 1, (3, 3), (1, 1), 3), ((3, 3, 32), 1, (3, 3), (1, 1), 1),
    ]  # fmt: skip
    for (image, factor, kernel, stride, dilation), padding in product(shapes, (SAME, VALID)):
        outputs = image[2] * factor
        weights = (1, *kernel, outputs)
        values = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1], "depth_multiplier": factor}
        values |= {"dilation_h_factor": dilation, "dilation_w_factor": dilation}
        yield Case(
            "DEPTHWISE_CONV_2D", "i16", ((1, *image),), (1, *_size(image, kernel, stride, padding, dilation), outputs),
            "DepthwiseConv2DOptions", values, (kernels("i16", weights, 3), *offsets("i16", outputs)),
            {"stride": list(stride), "padding": ("SAME", "VALID")[padding], "bias": True, "dilation": dilation},
            shapes=((1, *image), weights),
        )  # fmt: skip


def dense() -> Iterator[Case]:
    """FULLY_CONNECTED over one and several rows, of fewer and more than 512 columns."""
    for (rows, depth), outputs in product(((1, 32), (1, 30), (4, 21), (1, 600), (2, 512), (3, 7)), (8, 5, 1)):
        weights = (outputs, depth)
        yield Case(
            "FULLY_CONNECTED", "i16", ((rows, depth),), (rows, outputs), "FullyConnectedOptions", {},
            (kernels("i16", weights, None), *offsets("i16", outputs)), {"bias": True}, shapes=((rows, depth), weights),
        )  # fmt: skip


def pools() -> Iterator[Case]:
    """MAX_POOL_2D and AVERAGE_POOL_2D."""
    shapes: list[tuple[Shape, Pair, Pair]] = [
        ((8, 8, 8), (2, 2), (2, 2)), ((6, 9, 5), (3, 3), (1, 1)), ((7, 7, 16), (3, 3), (2, 2)),
        ((4, 4, 3), (4, 4), (4, 4)), ((1, 24, 12), (1, 2), (1, 2)), ((9, 5, 1), (2, 3), (2, 1)),
        ((6, 6, 32), (2, 2), (1, 1)), ((5, 5, 64), (5, 5), (5, 5)),
    ]  # fmt: skip
    for name, (image, kernel, stride), padding in product(("MAX_POOL_2D", "AVERAGE_POOL_2D"), shapes, (SAME, VALID)):
        yield Case(
            name, "i16", ((1, *image),), (1, *_size(image, kernel, stride, padding), image[2]), "Pool2DOptions",
            {
                "padding": padding, "stride_h": stride[0], "stride_w": stride[1],
                "filter_height": kernel[0], "filter_width": kernel[1],
            },
            attrs={"stride": list(stride), "padding": ("SAME", "VALID")[padding], "kernel": list(kernel)},
        )  # fmt: skip


def others() -> Iterator[Case]:
    """PAD, activations."""
    pads: list[tuple[Shape, tuple[Pair, ...]]] = [
        ((1, 8, 8, 4), ((0, 0), (1, 1), (1, 1), (0, 0))), ((1, 6, 5, 8), ((0, 0), (0, 0), (1, 1), (0, 0))),
        ((1, 1, 48, 8), ((0, 0), (0, 0), (1, 1), (0, 0))), ((1, 5, 7, 3), ((0, 0), (2, 1), (0, 2), (0, 0))),
        ((1, 4, 4, 6), ((0, 0), (0, 0), (0, 0), (1, 2))), ((1, 2, 20, 16), ((0, 0), (0, 1), (2, 2), (0, 0))),
        ((1, 7, 3, 2), ((0, 0), (1, 0), (1, 0), (0, 2))),
    ]  # fmt: skip
    for shape, amounts in pads:
        output = tuple(size + sum(pair) for size, pair in zip(shape, amounts, strict=True))
        yield Case(
            "PAD", "i16", (shape,), output, "PadOptions", {}, (np.array(amounts, np.int32),),
            {"paddings": [list(pair) for pair in amounts]},
        )  # fmt: skip
    for name, shape in product(("RELU", "RELU6", "LOGISTIC", "TANH"), ((1, 3), (1, 64), (1, 10, 10, 8))):
        quant = (1 / 32768, 0) if name in ("LOGISTIC", "TANH") else None
        yield Case(name, "i16", (shape,), shape, "", same_scale=False, out_quant=quant)


def sixteen_bits() -> list[Case]:
    """Return every case."""
    return [*convolutions(), *depthwise(), *dense(), *pools(), *others()]
