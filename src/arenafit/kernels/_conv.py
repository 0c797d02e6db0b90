"""What the convolution kernels keep.

Mirrors tensorflow/lite/micro/kernels/conv.h, conv_common.cc and depthwise_conv_common.cc (commit 90b983c2 of
2026-08-20).
"""

from arenafit.ir import DType, Tensor
from arenafit.kernels._params import TFLITE_PADDING_VALUES
from arenafit.kernels.protocol import Requests
from arenafit.records import record
from arenafit.targets.abi import INT, INT32, POINTER, array, struct

_OP_DATA_FIELDS = (TFLITE_PADDING_VALUES, array(INT32, 4), INT, POINTER, POINTER, INT32, INT32, INT)
OP_DATA = struct(*_OP_DATA_FIELDS)
OP_DATA_COMPRESSION = struct(*_OP_DATA_FIELDS, INT, INT)


def per_channel(requests: Requests, channels: int, *, written: bool = True) -> None:
    """Ask for the multipliers and shifts of the output channels; a float kernel leaves them unwritten."""
    requests.persistent(4 * channels, "per-channel multipliers", written=written)
    requests.persistent(4 * channels, "per-channel shifts", written=written)


def unpacked_filter(requests: Requests, filter_: Tensor) -> None:
    """Ask for the space into which the reference kernel unpacks a 4-bit filter."""
    if filter_.dtype is DType.INT4:
        requests.scratch(requests.elements(filter_), "unpacked 4-bit filter")


@record(frozen=True)
class ConvAxis:
    """A convolution along one axis: sizes, stride, dilation, and TFLM's padding before the first element."""

    input: int
    filter: int
    output: int
    stride: int
    dilation: int
    padding: int


def axes(requests: Requests, input_: Tensor, filter_: Tensor, output: Tensor) -> tuple[ConvAxis, ConvAxis]:
    """Return (height, width) of a convolution over (N, H, W, C)."""
    found = []
    for axis, name in ((1, "h"), (2, "w")):
        sizes = (requests.shape(input_)[axis], requests.shape(filter_)[axis], requests.shape(output)[axis])
        stride = requests.option(f"stride_{name}", 1)
        dilation = requests.option(f"dilation_{name}_factor", 1)
        found.append(ConvAxis(*sizes, stride, dilation, _padding(requests, sizes[0], sizes[1], stride, dilation)))
    return found[0], found[1]


def _padding(requests: Requests, size: int, filter_size: int, stride: int, dilation: int) -> int:
    """ComputePaddingHeightWidth of tensorflow/lite/kernels/padding.h."""
    if stride <= 0:
        return 0
    effective = (filter_size - 1) * dilation + 1
    same = requests.option("padding", 0) == 0
    out_size = -(-size // stride) if same else -(-(size + 1 - effective) // stride)
    return max(0, (out_size - 1) * stride + effective - size) // 2
