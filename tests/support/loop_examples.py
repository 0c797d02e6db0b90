"""Small networks whose loops and stripes are read as text."""

from arenafit.ir import DType, Model
from support.models import NONE, RELU, VALID
from support.netsketch import NetSketch, Sliding
from support.upsampled import UpSketch


def case_chain() -> Model:
    """The architecture of issue 2513, smaller: convolution, pooling, twice, and a classifier."""
    drawn = NetSketch(DType.INT8)
    tensor = drawn.input(1, 22, 14, 1)
    for _ in range(2):
        conv = drawn.sliding_conv(tensor, 4, Sliding((3, 3), padding=VALID), activation=RELU)
        tensor = drawn.sliding_pool(conv, Sliding((2, 2), (2, 2), padding=VALID), "MAX")
    return drawn.finish(drawn.softmax(drawn.dense(drawn.reshape(tensor, 1, 4 * 2 * 4), 3)))


def depthwise_pair(dtype: DType = DType.INT8) -> Model:
    """Two depthwise-separable blocks, SAME, the second of stride 2: rows outside the image have to be masked."""
    drawn = NetSketch(dtype, zero_point=-128)
    tensor = drawn.input(1, 8, 6, 2)
    tensor = drawn.sliding_conv(drawn.sliding_depthwise(tensor, 1, Sliding((3, 3))), 4, Sliding((1, 1)))
    tensor = drawn.sliding_conv(drawn.sliding_depthwise(tensor, 1, Sliding((3, 3), (2, 2))), 4, Sliding((1, 1)))
    return drawn.finish(tensor)


def residual() -> Model:
    """A block whose input is added to its output: the sum reads rows of both from line buffers."""
    drawn = NetSketch(DType.FLOAT32)
    stem = drawn.sliding_conv(drawn.input(1, 8, 6, 1), 2, Sliding((3, 3)))
    branch = drawn.sliding_conv(drawn.sliding_conv(stem, 2, Sliding((3, 3))), 2, Sliding((1, 1)), activation=NONE)
    return drawn.finish(drawn.binary("ADD", stem, branch, activation=RELU))


def upsampled() -> Model:
    """The end of a U-Net: small features upsampled, joined with larger ones, and convolved."""
    drawn = UpSketch(DType.INT8)
    small, large = drawn.input(1, 4, 3, 2), drawn.input(1, 8, 6, 2)
    joined = drawn.concat(drawn.resize("nearest", small, (2, 2), centered=True), large)
    return drawn.finish(drawn.sliding_conv(joined, 2, Sliding((3, 3)), activation=NONE))
