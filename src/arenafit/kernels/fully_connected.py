"""FULLY_CONNECTED: multipliers and shifts kept if there is more than one scale; with MVE the sums of the filter's rows.

Mirrors tensorflow/lite/micro/kernels/fully_connected.cc, fully_connected_common.cc and cmsis_nn/fully_connected.cc
built with KERNELS_OPTIMIZED_FOR_SPEED, the default (commit 90b983c2 of 2026-08-20), and CMSIS-NN's
arm_fully_connected_get_buffer_sizes_s8.c (commit 4ab83cc3). Loops: tensorflow/lite/kernels/internal/reference/
fully_connected.h, integer_ops/fully_connected.h; CMSIS-NN's arm_fully_connected_s8.c, _per_channel_s8.c, _s4.c, _s16.c.
"""

from collections.abc import Iterator

import numpy as np

from arenafit.ir import DType, Graph, Op, Tensor
from arenafit.kernels import _esp_nn_order
from arenafit.kernels._cmsis_nn import has_mve
from arenafit.kernels._conv import per_channel, unpacked_filter
from arenafit.kernels._weights import biased, channel_scales, product_scale
from arenafit.kernels._write_behind import behind
from arenafit.kernels.conditions import Violation, inputs, outputs, rank, scaled, symmetric, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests, described_scales
from arenafit.kernels.sharing import OperandOverlap, Sharing, input_at, moving_input
from arenafit.kernels.since import Since
from arenafit.kernels.sizes import holds_data
from arenafit.ops import Operands
from arenafit.targets.abi import BOOL, ENUM, INT, INT32, POINTER, array, struct
from arenafit.targets.libraries import ESP_NN, ESP_NN_P4, ESP_NN_S3, REFERENCE, KernelFamily

_PARAMS = (ENUM, ENUM, BOOL, BOOL, ENUM)
_FIELDS = (INT32, INT, INT32, INT32, INT, array(INT32, 3), INT, POINTER, POINTER, BOOL)
_OP_DATA = struct(*_FIELDS)
# Per-channel quantisation exists since 47b545074; what was kept before ended with the index of a scratch buffer.
PER_CHANNEL_SINCE = "2024-09-27"
_OP_DATA_BEFORE = struct(*_FIELDS[:-3])


def _prepare_reference(requests: Requests) -> None:
    requests.temps(0, 1, 2)
    input_, filter_ = requests.needed_input(0), requests.needed_input(1)
    unpacked_filter(requests, filter_)
    _scales(requests, input_, filter_)


def _scales(requests: Requests, input_: Tensor, filter_: Tensor) -> None:
    """CalculateOpDataFullyConnected of fully_connected_common.cc."""
    scales = described_scales(filter_)
    if input_.dtype is not DType.FLOAT32 and scales > 1 and not requests.before(PER_CHANNEL_SINCE):
        per_channel(requests, scales)


def _prepare_cmsis_nn(requests: Requests) -> None:
    requests.temps(0, 1, 2)
    input_, filter_, bias = requests.needed_input(0), requests.needed_input(1), requests.input(2)
    _scales(requests, input_, filter_)
    if input_.dtype is not DType.INT8 or filter_.dtype is DType.INT4:
        return
    output_shape = requests.shape(requests.needed_output(0))
    depth = requests.shape(filter_)[-1]
    if _as_convolution(len(output_shape), depth):
        # Run as a 1x1 convolution, which wants its scales per channel.
        if described_scales(filter_) <= 1:
            requests.scratch(8 * output_shape[-1], "multipliers and shifts repeated per channel")
        return
    if not has_mve(requests):
        return
    sums_bytes = 4 * output_shape[-1]
    if holds_data(filter_) and (bias is None or holds_data(bias)):
        requests.persistent(sums_bytes, "sums of the filter's rows")
    else:
        requests.scratch(sums_bytes, "sums of the filter's rows")


def _as_convolution(output_rank: int, depth: int) -> bool:
    """Whether CMSIS-NN runs an int8 layer as a 1x1 convolution, which reads all rows for a few channels at a time."""
    return output_rank > 2 and depth % 4 == 0


def _behind_the_row(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    source, weights, output = moving_input(graph, op, 0), input_at(graph, op, 1), graph.outputs_of(op)[0]
    if source is None or weights is None or len(weights.shape) < 2 or not source.elements or not output.elements:
        return
    depth, channels = weights.shape[-1], output.shape[-1] if output.shape else 1
    rows = output.elements // max(channels, 1)
    # The kernels take the rows from the output's shape and the input as it comes.
    if rows < 2 or rows * depth != source.elements or source.dtype.bits % 8 or source.dtype is not output.dtype:
        return
    # The first row decides where results are shorter than what is read, else the last one.
    ends = np.array([0, rows - 1], np.int64) * (source.dtype.bits // 8)
    yield from behind(ends * depth, (ends + source.dtype.bits // 8) * channels)


def _behind_the_row_everywhere(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    weights, output = input_at(graph, op, 1), graph.outputs_of(op)[0]
    if weights is None or (output.dtype is DType.INT8 and _as_convolution(len(output.shape), (0, *weights.shape)[-1])):
        return
    yield from _behind_the_row(graph, op)


def _has_scales_per_channel(operands: Operands) -> bool:
    weights, source = operands.input(1), operands.input(0)
    quantised = source is not None and source.dtype is not DType.FLOAT32
    return weights is not None and quantised and described_scales(weights) > 1


# From 71fba59b5 (2024-05-29) until then TFLM refused it, before it took the first scale for all.
_PER_CHANNEL = Since(
    PER_CHANNEL_SINCE, "weights with a scale per channel", "47b545074", _has_scales_per_channel, None, "2024-05-29"
)


def _plain_weights(operands: Operands) -> Violation | None:
    # ParseFullyConnected knows two formats; no kernel looks at the other than the first.
    found = operands.option("weights_format", 0)
    if found == 0:
        return None
    clause = f"its weights are stored in format {found}, its kernel reads them row by row"
    return Violation("option", clause, "convert it again, with plain weights")


KERNEL = Kernel(
    "FULLY_CONNECTED",
    KernelMemory(
        init=_OP_DATA,
        init_compression=struct(*_FIELDS, INT, INT),
        init_until=(PER_CHANNEL_SINCE, _OP_DATA_BEFORE),
        prepare=_prepare_reference,
        source="fully_connected.cc",
    ),
    libraries={
        KernelFamily.CMSIS_NN: KernelMemory(
            init=struct(_OP_DATA, INT, INT, POINTER, array(INT32, 3)),
            prepare=_prepare_cmsis_nn,
            source="cmsis_nn/fully_connected.cc",
            conditions=(
                symmetric(0),
                rank(2, 4, output=True),
            ),
        )
    },
    builtin=struct(*_PARAMS),
    builtin_since=(("2026-10", struct(*_PARAMS, POINTER, INT)),),
    aligned={ESP_NN_S3: _esp_nn_order.always},
    sharing=Sharing(
        "all channels of a row are written before the next row is read, in all libraries unless run as a convolution",
        _behind_the_row_everywhere,
        only=dict.fromkeys((REFERENCE, ESP_NN, ESP_NN_S3, ESP_NN_P4), _behind_the_row),
    ),
    conditions=(
        inputs(2, 3),
        outputs(1),
        typed("f32 f32 f32? > f32", "i8 i8|i4 i32? > i8", "i16 i8 i32|i64? > i16"),
        scaled(0, 1),
        channel_scales(1, 0, centred=False),
        biased(2, 1, 0),
        product_scale,
        _plain_weights,
    ),
    since=(_PER_CHANNEL,),
)
