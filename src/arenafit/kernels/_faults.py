"""Where kernels of a library are known to compute something else than their operator means.

Found by reading and by comparison with the reference kernels on emulated cores. A fault that a later release of the
library mends gets the release in its `source`.
"""

from arenafit.ir import DType
from arenafit.kernels.conditions import Fault
from arenafit.ops import Operands
from arenafit.targets.libraries import Feature, KernelLibrary

_SAME = 0


def _deep_transpose(operands: Operands, _library: KernelLibrary) -> bool:
    source = operands.input(0)
    return source is not None and source.dtype is DType.INT8 and len(source.shape) > 4


DEEP_TRANSPOSE = Fault(
    _deep_transpose,
    "an int8 TRANSPOSE of more than 4 axes is not done: its output stays what lay in the memory",
    "merge axes so that 4 are left, or register the reference kernel for it",
    "cmsis_nn/transpose.cc, commit 90b983c2: the error of TransposeEvalInt8 is dropped",
    since="2025-03-20",  # 392b78f2f: before it the reference kernel runs
)


def _row_of_windows(operands: Operands, library: KernelLibrary) -> bool:
    """Whether arm_convolve_1_x_n_s8 treats the windows at the right edge otherwise than its padding says.

    Its right part takes all but one position of its first window from the input, and pads by as many positions as it
    counts windows: right only where that window lacks one position, and the others no more than are padded.
    """
    image, filters, output = operands.input(0), operands.input(1), operands.output()
    if not library.has(Feature.MVE) or image is None or filters is None or output is None:
        return False
    if image.dtype is not DType.INT8 or min(map(len, (image.shape, filters.shape, output.shape))) < 4:
        return False
    stride, width, window = operands.option("stride_w", 1), image.shape[2], filters.shape[2]
    rows = (image.shape[1], filters.shape[1], operands.option("dilation_w_factor", 1))
    channels = image.shape[3]
    if rows != (1, 1, 1) or channels != filters.shape[3] or stride * channels % 4 or window == 1:
        return False
    outputs = output.shape[2]
    total = (outputs - 1) * stride + window - width
    padding = max(total, 0) // 2 if operands.option("padding", _SAME) == _SAME else 0
    return _wrong_at_the_right(padding, total, stride, outputs)


def _wrong_at_the_right(padding: int, total: int, stride: int, outputs: int) -> bool:
    odd = total % 2 if total >= 0 else -(-total % 2)  # as C divides
    if padding * 2 + odd != total:
        return True
    after = padding + odd
    right = max(1, -(-after // stride)) if after else 0
    left = max(1, -(-padding // stride)) if padding else 0
    if right + left > outputs or right == 0:
        return False  # the general kernel runs, or nothing lies beyond the edge
    lacking = after - (right - 1) * stride
    padded = right if odd else padding
    return lacking != 1 or padded < after


ROW_OF_WINDOWS = Fault(
    _row_of_windows,
    "a convolution along one row is computed wrongly at the right edge",
    "pad or cut the input so that the last window ends with it, or use a stride of 1",
    "CMSIS-NN arm_convolve_1_x_n_s8.c, commit 99f736a6",
)
