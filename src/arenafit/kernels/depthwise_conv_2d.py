"""DEPTHWISE_CONV_2D: multipliers and shifts per output channel are kept, for float models too on the reference kernel.

Mirrors tensorflow/lite/micro/kernels/depthwise_conv.cc, depthwise_conv_common.cc and cmsis_nn/depthwise_conv.cc
(commit 90b983c2 of 2026-08-20), and esp_nn/depthwise_conv.cc of esp-tflite-micro 1.4.0 (99f49e14).
"""

from arenafit.ir import DType
from arenafit.kernels import _esp_nn, _esp_nn_order
from arenafit.kernels._cmsis_nn import CONV_OP_DATA, depthwise_opt_bytes, depthwise_s8_bytes
from arenafit.kernels._conv import OP_DATA, OP_DATA_COMPRESSION, axes, per_channel, unpacked_filter
from arenafit.kernels._weights import biased, channel_scales
from arenafit.kernels._windows import behind_the_window
from arenafit.kernels.conditions import inputs, outputs, rank, scaled, symmetric, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests, steps
from arenafit.kernels.sharing import Sharing
from arenafit.targets.abi import ENUM, INT, struct
from arenafit.targets.libraries import ESP_NN, ESP_NN_P4, ESP_NN_S3, REFERENCE, KernelFamily


def _prepare_reference(requests: Requests) -> None:
    """DepthwiseConvPrepare of depthwise_conv_common.cc."""
    requests.temp_output(0)
    requests.temps(0, 1, outputs=())
    filter_ = requests.needed_input(1)
    per_channel(requests, requests.shape(filter_)[3])
    unpacked_filter(requests, filter_)
    requests.temps(0, 1, 2)  # CalculateOpDataDepthwiseConv


def _prepare_cmsis_nn(requests: Requests) -> None:
    """Prepare of cmsis_nn/depthwise_conv.cc."""
    requests.temps(0, 1)
    input_, filter_, output = requests.needed_input(0), requests.needed_input(1), requests.needed_output(0)
    if requests.has_type(input_, DType.INT8, DType.INT16):
        per_channel(requests, requests.shape(filter_)[3])
    requests.temps(0, 1, 2)  # CalculateOpDataDepthwiseConv
    if input_.dtype is not DType.INT8:
        return
    height, width = axes(requests, input_, filter_, output)
    batches = requests.shape(input_)[0]
    channels = (requests.shape(input_)[3], requests.shape(output)[3])
    sized = depthwise_opt_bytes if filter_.dtype is DType.INT4 else depthwise_s8_bytes
    size_bytes = sized(requests, batches, channels, height, width)
    if size_bytes > 0:
        requests.scratch(size_bytes, "columns of the depthwise convolution")


KERNEL = Kernel(
    "DEPTHWISE_CONV_2D",
    KernelMemory(
        init=OP_DATA, init_compression=OP_DATA_COMPRESSION, prepare=_prepare_reference, source="depthwise_conv.cc"
    ),
    libraries={
        KernelFamily.CMSIS_NN: KernelMemory(
            init=CONV_OP_DATA,
            prepare=_prepare_cmsis_nn,
            source="cmsis_nn/depthwise_conv.cc",
            conditions=(symmetric(0),),
        ),
        KernelFamily.ESP_NN: KernelMemory(
            init=_esp_nn.CONV_OP_DATA,
            prepare=steps(_prepare_reference, _esp_nn.depthwise),
            source="esp_nn/depthwise_conv.cc",
        ),
    },
    builtin=struct(ENUM, INT, INT, INT, ENUM, INT, INT),
    aligned={ESP_NN_S3: _esp_nn_order.always},
    sharing=Sharing(
        "a pixel's channels are written in order when its window has been read",
        only={
            REFERENCE: behind_the_window(filter_position=1),
            ESP_NN: behind_the_window(filter_position=1),
            ESP_NN_S3: _esp_nn_order.depthwise_from_a_copy,
            ESP_NN_P4: behind_the_window(filter_position=1),
        },
    ),
    conditions=(
        inputs(2, 3),
        outputs(1),
        typed("f32 f32 f32? > f32", "i8 i8|i4 i32? > i8", "i16 i8 i32|i64? > i16"),
        rank(4, 4, 0, 1, output=True),
        scaled(0),
        channel_scales(1, 3),
        biased(2, 1, 3),
    ),
)
