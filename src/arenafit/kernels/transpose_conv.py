"""TRANSPOSE_CONV: per-channel multipliers and shifts kept; an accumulator the size of the output in wider integers.

Mirrors tensorflow/lite/micro/kernels/transpose_conv.cc and cmsis_nn/transpose_conv.cc (commit 90b983c2 of 2026-08-20),
and CMSIS-NN's arm_transpose_conv_get_buffer_sizes_s8.c (commit 4ab83cc3).
"""

from arenafit.ir import DType, Tensor
from arenafit.kernels._cmsis_nn import im2col_s8_bytes
from arenafit.kernels._conv import per_channel
from arenafit.kernels._params import CONV_PARAMS
from arenafit.kernels._weights import biased, channel_scales
from arenafit.kernels.conditions import inputs, outputs, rank, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.targets.abi import ENUM, INT, POINTER, array, struct
from arenafit.targets.libraries import KernelFamily

# REVERSE_TCOL_EFFICIENT_THRESHOLD
_REVERSE_ABOVE_CHANNELS = 16


def _prepare_reference(requests: Requests) -> None:
    input_, output = _begin(requests)
    if input_.dtype is DType.INT8:
        requests.scratch(4 * requests.elements(output), "accumulators of the output")
    _finish(requests, input_, output)


def _prepare_cmsis_nn(requests: Requests) -> None:
    input_, output = _begin(requests)
    if input_.dtype is DType.INT8:
        _cmsis_nn_scratch(requests, input_, output)
    _finish(requests, input_, output)


def _begin(requests: Requests) -> tuple[Tensor, Tensor]:
    requests.temp_output(0)
    requests.temps(2, 1, outputs=())
    input_ = requests.needed_input(2)
    channels = requests.shape(requests.needed_input(1))[0]
    per_channel(requests, channels, written=input_.dtype is not DType.FLOAT32)
    return input_, requests.needed_output(0)


def _finish(requests: Requests, input_: Tensor, output: Tensor) -> None:
    if input_.dtype is DType.INT16:
        requests.scratch(8 * requests.elements(output), "accumulators of the output")
    if input_.dtype is DType.FLOAT32:
        return
    requests.temps(2, 1, 3)  # CalculateOpData
    bias = requests.input(3)
    if input_.dtype is DType.INT16 and bias is not None and bias.dtype is DType.INT16:
        requests.scratch(8 * requests.elements(bias), "widened bias")


def _cmsis_nn_scratch(requests: Requests, input_: Tensor, output: Tensor) -> None:
    _, _, input_width, channels = requests.shape(input_)
    filter_count, filter_height, filter_width, _ = requests.shape(requests.needed_input(1))
    stride_height, stride_width = requests.option("stride_h", 1), requests.option("stride_w", 1)
    taps = channels * filter_height * filter_width
    if stride_width <= 2 and stride_height <= 2 and channels > _REVERSE_ABOVE_CHANNELS:
        scratch_bytes, reversed_bytes = im2col_s8_bytes(requests, taps), taps * filter_count
    else:
        # The library takes the stride of the height for both axes.
        row = ((input_width - 1) * stride_width + max(filter_width, stride_height)) * requests.shape(output)[3]
        scratch_bytes, reversed_bytes = 4 * row * max(filter_height, stride_height), 0
    requests.scratch(scratch_bytes, "columns of the transposed convolution")
    requests.scratch(reversed_bytes, "reversed filter")


KERNEL = Kernel(
    "TRANSPOSE_CONV",
    KernelMemory(
        init=struct(CONV_PARAMS, INT, INT, POINTER, POINTER),
        init_compression=struct(CONV_PARAMS, array(INT, 4), POINTER, POINTER),
        prepare=_prepare_reference,
        source="transpose_conv.cc",
    ),
    libraries={
        KernelFamily.CMSIS_NN: KernelMemory(
            init=struct(CONV_PARAMS, POINTER, POINTER, INT, INT, INT),
            prepare=_prepare_cmsis_nn,
            source="cmsis_nn/transpose_conv.cc",
        )
    },
    builtin=struct(ENUM, INT, INT, ENUM, ENUM),
    conditions=(
        inputs(3, 4),
        outputs(1),
        typed("i32 f32 f32 f32? > f32", "i32 i8 i8 i32? > i8", "i32 i8 i16 i16|i32|i64? > i16"),
        rank(4, 4, 1, 2, output=True),
        scaled(2),
        channel_scales(1, 0, image=2),
        biased(3, 1, 0),
    ),
)
