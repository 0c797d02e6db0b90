"""TRANSPOSE_CONV: TFLM's reference loop scatters every input over the output; CMSIS-NN has two int8 paths.

CMSIS-NN (arm_transpose_conv_wrapper_s8) reverses the kernels and convolves an image that is upscaled as patches are
gathered if there are more than 16 input channels and strides are at most 2; else it scatters rows, four pixels at a
time, into a rolling buffer of sums. Mirrors tflite-micro 90b983c2 with CMSIS-NN 4ab83cc3.
"""

from collections.abc import Sequence
from dataclasses import replace

from arenafit.costs.memcpy import memcpy
from arenafit.costs.ops.conv_2d import matrix_dsp
from arenafit.costs.site import OpContext
from arenafit.costs.traffic import Traffic, channel_tables, scaled
from arenafit.costs.window import TapWindow, taps_inside, window
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured
from arenafit.ir import DType, Tensor

_REVERSE_ABOVE_CHANNELS = 16  # REVERSE_TCOL_EFFICIENT_THRESHOLD in arm_nnsupportfunctions.h


def _operands(site: OpContext) -> tuple[Tensor, Tensor, TapWindow]:
    """Return image, weights, and the window slid over the output, whose positions are the input's pixels."""
    weights, image, out = site.operand(1), site.operand(2), site.outputs[0]
    return image, weights, window(site, out, image, weights.shape[1], weights.shape[2])


def _scattered(site: OpContext, shape: TapWindow, outputs: int, depth: int) -> dict[str, float]:
    image, out = site.operand(2), site.outputs[0]
    inputs = shape.pixels * depth
    columns = taps_inside(
        out.shape[2], image.shape[2], shape.kernel_w, stride=shape.stride_w, dilation=1, pad=shape.pad_w
    )
    beside = (image.shape[2] * shape.kernel_w - columns) * image.shape[1] * shape.kernel_h * shape.batches
    return {
        "mac": shape.inside * depth * outputs,
        "beside": beside * depth * outputs,  # outside along the width, which is looked at first
        "above": (shape.pixels * shape.taps - shape.inside - beside) * depth * outputs,
        "tap": inputs * shape.taps,
        "tap_row": inputs * shape.kernel_h,
        "input": inputs,
        "out": out.elements,
        "call": 1,
    }


def _rows_dsp(site: OpContext, shape: TapWindow, outputs: int, depth: int) -> dict[str, float]:
    """Return the terms of arm_transpose_conv_s8 with DSP instructions."""
    image, out = site.operand(2), site.outputs[0]
    height, width, down = image.shape[1], image.shape[2], shape.stride_h
    top = [max(0, shape.pad_h - row * down) for row in range(height)]
    bottom = [max(0, row * down + shape.kernel_h - (shape.pad_h + out.shape[1]) - 1) for row in range(height)]
    rows = sum(shape.kernel_h - first - last for first, last in zip(top, bottom, strict=True)) * outputs
    taps = rows * shape.kernel_w
    quads, pairs, singles = width // 4, width % 4 // 2, width % 2
    fours, ones = divmod(depth, 4)
    row_pixels = (width - 1) * shape.stride_w + max(shape.kernel_w, shape.stride_w)
    resets = down * sum(not skipped for skipped in top)
    cleared = row_pixels * (max(shape.kernel_h, down) + resets)
    below = range(height * down, height * down + max(0, shape.kernel_h - down))
    lines = resets + sum(shape.pad_h <= line < shape.pad_h + out.shape[1] for line in below)
    has_bias = len(site.inputs) > 3 and site.inputs[3] is not None
    batches = shape.batches
    terms: dict[str, float] = {
        "quad_x4": taps * quads * fours,
        "quad_x1": taps * quads * ones,
        "quad_tap": taps * quads,
        "pair_x4": taps * pairs * fours,
        "pair_x1": taps * pairs * ones,
        "pair_tap": taps * pairs,
        "single_x4": taps * singles * fours,
        "single_x1": taps * singles * ones,
        "single_tap": taps * singles,
        "row": rows * (quads + pairs + singles),
        "input_row": height,
        "out": lines * out.shape[2] * outputs,
        "out_pixel": lines * out.shape[2],
        "out_row": lines,
        "memcpy": has_bias * cleared * memcpy(4 * outputs, site.core),
        "cleared": has_bias * cleared,
        "zeroed": (not has_bias) * cleared * outputs,
        "zeroing": (not has_bias) * (resets + 1),
    }
    return {name: batches * count for name, count in terms.items()} | {"call": 1}


def _reversed_dsp(site: OpContext, shape: TapWindow, outputs: int, depth: int) -> dict[str, float]:
    """Return the terms of arm_convolve_s8 over an upscaled image, with DSP instructions, and of reversing kernels."""
    out = site.outputs[0]
    pixels, taps = out.shape[1] * out.shape[2], shape.taps
    columns = taps * depth
    upscaled = shape.stride_h == 2 or shape.stride_w == 2
    inside = shape.inside // shape.batches
    rows = taps_inside(
        out.shape[1], shape.pixels // shape.batches // site.operand(2).shape[2], shape.kernel_h,
        stride=shape.stride_h, dilation=1, pad=shape.pad_h,
    ) * out.shape[2]  # fmt: skip
    outside = pixels * taps - inside
    terms: dict[str, float] = {
        **matrix_dsp(pixels, outputs, columns),
        "memcpy": inside * memcpy(depth, site.core),
        "misaligned": inside * (depth % 4 > 0),
        "fill_byte": pixels * columns if upscaled else outside * depth,
        "fill": pixels if upscaled else outside,
        "copied": inside,
        "patch": rows * shape.kernel_w if upscaled else pixels * taps,
        "kernel_row": pixels * shape.kernel_h,
        "pixel": pixels,
    }
    terms = {name: shape.batches * count for name, count in terms.items()}
    return terms | {"reversed": outputs * taps, "reversed_memcpy": outputs * taps * memcpy(depth, site.core), "call": 1}


def _work(site: OpContext) -> KernelWork | Uncovered:
    image, weights, shape = _operands(site)
    outputs, depth = weights.shape[0], weights.shape[3]
    tag = {DType.INT8: "i8", DType.INT16: "i16", DType.FLOAT32: "f32"}.get(image.dtype)
    if tag is None or weights.dtype is not (DType.FLOAT32 if tag == "f32" else DType.INT8):
        return unmeasured(site, image, weights)
    if tag != "i8" or not site.core.has_cmsis_nn:
        return KernelWork(f"TRANSPOSE_CONV {tag}", _scattered(site, shape, outputs, depth))
    if site.core.has_mve:
        return Uncovered("TRANSPOSE_CONV of int8 was not measured with MVE")
    if depth > _REVERSE_ABOVE_CHANNELS and max(shape.stride_h, shape.stride_w) <= 2:
        return KernelWork("TRANSPOSE_CONV i8 reversed", _reversed_dsp(site, shape, outputs, depth))
    return KernelWork("TRANSPOSE_CONV i8 rows", _rows_dsp(site, shape, outputs, depth))


def _macs(site: OpContext) -> int:
    weights, image = site.operand(1), site.operand(2)
    return image.elements * weights.elements // weights.shape[3]


def _traffic(site: OpContext, scratches: Sequence[int]) -> Traffic:
    """Every product is added to a sum of 32 bits in the scratch buffer, as the plain loop does."""
    image, weights, shape = _operands(site)
    sums = 4 * shape.inside * image.shape[3] * weights.shape[0]
    made = scaled(site, scratches, {}, channel_tables(site.outputs[0].elements))
    return replace(made, scratch=tuple((sums, sums) for _ in scratches[:1]) + made.scratch[1:])


COST = OpCost(("TRANSPOSE_CONV",), _work, macs=_macs, traffic=_traffic)
