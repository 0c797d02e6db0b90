"""What ESP-NN's kernels do in which order: where they read whole vectors, what they copy first, and their faults.

Mirrors the sources that `_esp_nn` names, by reading of esp-nn 1.1.0 to 1.2.3; never run on a device.
"""

from collections.abc import Iterator

from arenafit.ir import DType, Graph, Op, Tensor
from arenafit.kernels._windows import behind_the_window
from arenafit.kernels.conditions import Fault
from arenafit.kernels.sharing import OperandOverlap, input_at, moving_input
from arenafit.ops import Operands
from arenafit.targets.libraries import KernelLibrary
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up

# From this size on 3x3 depthwise kernels copy the rows of one window only.
WHOLE_3X3_BYTES = 40 * 1024


def _is_grouped(operands: Operands, _library: KernelLibrary) -> bool:
    source, weights = operands.input(0), operands.input(1)
    if source is None or weights is None or source.dtype is not DType.INT8 or weights.dtype is not DType.INT8:
        return False
    return len(source.shape) == len(weights.shape) == 4 and source.shape[3] != weights.shape[3]


GROUPED = Fault(
    _is_grouped,
    "the kernel stops at a grouped 8-bit convolution where assertions are on",
    "split it into a convolution for each group and a CONCATENATION",
    "esp_nn/conv.cc",
)


def always(_graph: Graph, _op: Op) -> bool:
    """The kernel reads or writes whole vectors of the ESP32-S3, whatever its operands' shapes."""
    return True


def pointwise(graph: Graph, op: Op) -> bool:
    """Whether a convolution runs as the ESP32-S3's 1x1 kernel; the others read what begins anywhere."""
    weights = input_at(graph, op, 1)
    return weights is not None and weights.shape[1:3] == (1, 1)


def from_a_copy(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    """Yield the one way of an ESP32-S3's CONV_2D: if padded, its whole operand is copied to scratch at first.

    Others read a pixel's window before they write the pixel, but for 1x1 kernels, which go by groups of eight pixels.
    By reading of 1.1.0 to 1.2.3; never run on a device.
    """
    if pointwise(graph, op):
        return
    source, weights = moving_input(graph, op, 0), input_at(graph, op, 1)
    widest = 0 if source is None or weights is None or len(weights.shape) != 4 else weights.shape[2] * source.shape[-1]
    if source is not None and widest >= 16 and _is_padded(graph, op):
        yield _anywhere(source)
    else:
        yield from behind_the_window(filter_position=1)(graph, op)


def depthwise_from_a_copy(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    """Yield the one way of an ESP32-S3's DEPTHWISE_CONV_2D: 3x3 padded by one copies its operand if that is small.

    Others read a pixel's window before they write it. By reading of 1.1.0 to 1.2.3; never run on a device.
    """
    source, weights = moving_input(graph, op, 0), input_at(graph, op, 1)
    if source is not None and weights is not None and _is_padded(graph, op, by_one=True):
        _, height, width, channels = source.shape
        blocks = weights.shape[1:3] == (3, 3) and weights.shape[3] == channels and channels % 16 == 0
        if blocks and (height + 2) * (width + 2) * channels <= WHOLE_3X3_BYTES:
            yield _anywhere(source)
            return
    yield from behind_the_window(filter_position=1)(graph, op)


def _anywhere(source: Tensor) -> OperandOverlap:
    return OperandOverlap(0, 0, None, align_up(source.size_bytes, ARENA_ALIGNMENT_BYTES), None)


def _is_padded(graph: Graph, op: Op, *, by_one: bool = False) -> bool:
    """Whether a kernel for padded 8-bit images runs, on one image: not for what is dilated, grouped or of 4 bits."""
    source, weights, output = input_at(graph, op, 0), input_at(graph, op, 1), graph.outputs_of(op)[0]
    if source is None or weights is None or op.options is None or len(source.shape) != 4 or source.shape[0] != 1:
        return False
    if source.dtype is not DType.INT8 or weights.dtype is not DType.INT8 or len(output.shape) != 4:
        return False
    if weights.shape[3] % source.shape[3] or any(op.options.get(f"dilation_{axis}_factor", 1) > 1 for axis in "hw"):
        return False
    before = []
    for axis, name in ((1, "h"), (2, "w")):
        reached = (output.shape[axis] - 1) * int(op.options[f"stride_{name}"]) + weights.shape[axis]
        before.append(max(0, reached - source.shape[axis]) // 2)
    return before == [1, 1] if by_one else any(before)
