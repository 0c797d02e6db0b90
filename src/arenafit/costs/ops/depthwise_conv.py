"""DEPTHWISE_CONV_2D: TFLM's reference loop, or CMSIS-NN's int8 paths (arm_depthwise_conv_wrapper_s8).

Multiplier 1 has a 3x3 kernel (DSP) and one of any size (four pixels at a time, blocks of 124 channels, with MVE);
other multipliers run in plain code, four channels at a time if the multiplier is a multiple of 4; one input channel
is a convolution with MVE. Mirrors tflite-micro 90b983c2 with CMSIS-NN 4ab83cc3.
"""

from collections.abc import Sequence
from dataclasses import replace

from arenafit.costs.core import Core
from arenafit.costs.ops import _four_bits, _sixteen_bits
from arenafit.costs.ops.conv_2d import int8_work
from arenafit.costs.site import OpContext
from arenafit.costs.traffic import Traffic, channel_tables, element_bytes, scaled, windows
from arenafit.costs.window import TapWindow, window
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured
from arenafit.ir import DType

_MVE_BLOCK_CHANNELS = 124  # CH_IN_BLOCK_MVE in arm_nnsupportfunctions.h


def _reference(shape: TapWindow, outputs: int, inputs: int) -> dict[str, float]:
    return {
        "mac": shape.inside * outputs,
        "tap": shape.pixels * outputs * shape.taps,
        "tap_row": shape.pixels * outputs * shape.kernel_h,
        "out": shape.pixels * outputs,
        "input_channel": shape.pixels * inputs,
        "pixel": shape.pixels,
        "call": 1,
    }


def _three_by_three(shape: TapWindow, channels: int) -> KernelWork:
    quads, rest = divmod(channels, 4)
    terms = {
        "mac_quad": shape.inside * quads,
        "row_quad": shape.rows_inside * quads,
        "out_quad": shape.pixels * quads,
        "rest_mac": shape.inside * rest,
        "rest_row": shape.rows_inside * rest,
        "rest_out": shape.pixels * rest,
        "pixel": shape.pixels,
        "out_row": shape.out_h,
        "call": 1,
    }
    return KernelWork("DEPTHWISE_CONV_2D i8 3x3", terms)


def _generic_dsp(shape: TapWindow, channels: int) -> KernelWork:
    quads, rest = divmod(channels, 4)
    outside = shape.pixels * shape.taps - shape.inside
    terms = {
        "tap_pair_quad": shape.pixels * quads * (shape.taps // 2),
        "out_quad": shape.pixels * quads,
        "rest_tap": shape.pixels * rest * shape.taps,
        "rest_out": shape.pixels * rest,
        "widen_quad": shape.inside * quads,
        "widen_rest": shape.inside * rest,
        "tap": shape.inside,
        "padding_tap": outside,
        "padding_byte": outside * channels,
        "kernel_row": shape.pixels * shape.kernel_h,
        "pixel": shape.pixels,
        "call": 1,
    }
    return KernelWork("DEPTHWISE_CONV_2D i8 generic", terms)


def _generic_mve(shape: TapWindow, channels: int) -> KernelWork:
    blocks = [_MVE_BLOCK_CHANNELS] * (channels // _MVE_BLOCK_CHANNELS)
    blocks += [channels % _MVE_BLOCK_CHANNELS] if channels % _MVE_BLOCK_CHANNELS else []
    quads, left = divmod(shape.pixels, 4)
    lanes = sum(-(-block // 4) for block in blocks)
    vectors = sum(-(-block // 16) for block in blocks)
    terms = {
        "quad_tap": quads * shape.taps * lanes,
        "quad_out": quads * lanes,
        "quad": quads * len(blocks),
        "left_tap": left * shape.taps * lanes,
        "left_out": left * lanes,
        "copy_vector": shape.pixels * shape.taps * vectors,
        "patch": shape.pixels * shape.taps * len(blocks),
        "kernel_row": shape.pixels * shape.kernel_h * len(blocks),
        "pixel": shape.pixels * len(blocks),
        "call": 1,
    }
    return KernelWork("DEPTHWISE_CONV_2D i8 generic", terms)


def _multiplied(shape: TapWindow, outputs: int, inputs: int) -> KernelWork:
    if outputs // inputs % 4 == 0 and not shape.dilated:
        quads = outputs // 4
        terms = {
            "mac_quad": shape.inside * quads,
            "row_quad": shape.rows_inside * quads,
            "out_quad": shape.pixels * quads,
            "input_channel": shape.pixels * inputs,
            "pixel": shape.pixels,
            "call": 1,
        }
        return KernelWork("DEPTHWISE_CONV_2D i8 multiplier of 4", terms)
    return KernelWork("DEPTHWISE_CONV_2D i8 plain", _plain(shape, outputs))


def _plain(shape: TapWindow, outputs: int) -> dict[str, float]:
    return {
        "mac": shape.inside * outputs,
        "row": shape.rows_inside * outputs,
        "out": shape.pixels * outputs,
        "dilated_out": shape.pixels * outputs * shape.dilated,
        "call": 1,
    }


def _as_convolution(site: OpContext, shape: TapWindow, outputs: int, image: tuple[int, ...]) -> KernelWork | Uncovered:
    # The weights are transposed, then the convolution takes whichever path it would take.
    work = int8_work(site, shape, outputs, 1, image)
    if work.path != "CONV_2D i8 im2col":
        return Uncovered("one input channel with a 1x1 or 1xN kernel was not measured with MVE")
    terms = {
        name: count
        for name, count in work.terms.items()
        if name not in ("copy_vector", "fill_vector", "fill", "left_vector", "left", "left_tail", "kernel_row")
    }
    return KernelWork("DEPTHWISE_CONV_2D i8 as convolution", {**terms, "transposed_weight": shape.taps * outputs})


def _cmsis_nn(site: OpContext, shape: TapWindow, outputs: int, image: tuple[int, ...]) -> KernelWork | Uncovered:
    inputs = image[3]
    if site.tag == "i16":  # TFLM calls the plain kernel whatever the shape
        plain = KernelWork("DEPTHWISE_CONV_2D i16 plain", _plain(shape, outputs))
        return plain if site.core.has_mve else _sixteen_bits.depthwise(shape, outputs, inputs)
    if site.core.has_mve and inputs == 1 and outputs > 1:
        return _as_convolution(site, shape, outputs, image)
    if outputs != inputs or shape.dilated or shape.batches != 1:
        return _multiplied(shape, outputs, inputs)
    if site.core.has_mve:
        return _generic_mve(shape, outputs)
    if shape.kernel_h == shape.kernel_w == 3 and shape.pad_h <= 1 and shape.pad_w <= 1:
        return _three_by_three(shape, outputs)
    return _generic_dsp(shape, outputs)


def _work(site: OpContext) -> KernelWork | Uncovered:
    image, weights, out = site.operand(0), site.operand(1), site.outputs[0]
    shape = window(site, image, out, weights.shape[1], weights.shape[2])
    outputs, inputs = out.shape[3], image.shape[3]
    if image.dtype is DType.FLOAT32 and weights.dtype is DType.FLOAT32:
        return KernelWork("DEPTHWISE_CONV_2D f32", _reference(shape, outputs, inputs))
    single = outputs == inputs and shape.batches == 1 and not shape.dilated
    if site.core is Core.M4_CMSIS_NN and image.dtype is DType.INT8 and weights.dtype is DType.INT4 and single:
        return _four_bits.depthwise(shape, outputs)
    if image.dtype not in (DType.INT8, DType.INT16) or weights.dtype is not DType.INT8:
        return unmeasured(site, image, weights)
    if not site.core.has_cmsis_nn:
        return KernelWork(f"DEPTHWISE_CONV_2D {site.tag}", _reference(shape, outputs, inputs))
    return _cmsis_nn(site, shape, outputs, image.shape)


def _macs(site: OpContext) -> int:
    weights = site.operand(1)
    return site.outputs[0].elements * weights.shape[1] * weights.shape[2]


def _traffic(site: OpContext, scratches: Sequence[int]) -> Traffic:
    """Each output reads its window; where patches are gathered, they are written and read instead."""
    image, weights, out = site.operand(0), site.operand(1), site.outputs[0]
    shape = window(site, image, out, weights.shape[1], weights.shape[2])
    outputs, inputs = out.shape[3], image.shape[3]
    tables = channel_tables(out.elements)
    if not scratches or not site.core.has_cmsis_nn or image.dtype is DType.FLOAT32:
        return scaled(site, scratches, {0: shape.inside * outputs * element_bytes(site)}, tables)
    # With MVE a convolution of one channel is one of all outputs over the same patch.
    read, gathered, patches = windows(site, shape, outputs // inputs, inputs)
    wide = 1 if site.core.has_mve else 2
    made = scaled(site, scratches, {0: read}, tables)
    return replace(made, scratch=((gathered * wide, patches * wide), *made.scratch[1:]))


COST = OpCost(("DEPTHWISE_CONV_2D",), _work, macs=_macs, traffic=_traffic)
