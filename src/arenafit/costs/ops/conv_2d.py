"""CONV_2D: TFLM's reference loop (kernels/internal/reference/conv.h), or CMSIS-NN's three int8 paths.

CMSIS-NN (arm_convolve_wrapper_s8) multiplies matrices directly for 1x1 kernels without padding, has a path for
images of height 1 on MVE only, and else gathers patches (im2col) and multiplies those: two pixels at a time with DSP
instructions, four with MVE. Mirrors tflite-micro 90b983c2 with CMSIS-NN 4ab83cc3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from arenafit.costs.core import Core
from arenafit.costs.memcpy import memcpy
from arenafit.costs.ops import _four_bits, _sixteen_bits
from arenafit.costs.site import OpContext
from arenafit.costs.traffic import Traffic, channel_tables, element_bytes, scaled, windows
from arenafit.costs.window import TapWindow, window
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured
from arenafit.ir import DType


def reference_terms(shape: TapWindow, outputs: int, depth: int) -> dict[str, float]:
    """Return the terms of the reference loop: `outputs` channels out of `depth` input channels each."""
    return {
        "mac": shape.inside * outputs * depth,
        "tap_inside": shape.inside * outputs,
        "tap": shape.pixels * outputs * shape.taps,
        "tap_row": shape.pixels * outputs * shape.kernel_h,
        "out": shape.pixels * outputs,
        "pixel": shape.pixels,
        "call": 1,
    }


def matrix_dsp(pixels: int, outputs: int, columns: int) -> dict[str, int]:
    """Return the terms of patches of `columns` elements widened, and multiplied with DSP instructions in pairs."""
    pairs, left = divmod(pixels, 2)
    quads, rest = divmod(columns, 4)
    return {
        "pair_quad": pairs * (outputs // 2) * quads,
        "pair_rest": pairs * (outputs // 2) * rest,
        "pair_out": pairs * (outputs // 2),
        "odd_channel_quad": pairs * (outputs % 2) * quads,
        "odd_channel_out": pairs * (outputs % 2) * (1 + rest),
        "left_quad": left * outputs * quads,
        "left_rest": left * outputs * rest,
        "left_out": left * outputs,
        "widen_quad": pixels * quads,
        "widen_rest": pixels * rest,
    }


def im2col_dsp(site: OpContext, shape: TapWindow, outputs: int, depth: int) -> KernelWork:
    """Return the work of arm_convolve_s8 with DSP instructions: pixels in pairs, a last odd one in plain code."""
    pixels, taps, inside = shape.pixels // shape.batches, shape.taps, shape.inside // shape.batches
    outside = pixels * taps - inside
    terms = {
        **matrix_dsp(pixels, outputs, taps * depth),
        "memcpy": inside * memcpy(depth, site.core),
        "short_byte": inside * depth * (depth % 4 > 0) * (depth < 8),
        "misaligned": inside * (depth % 4 > 0) * (depth >= 8),
        "fill_byte": outside * depth,
        "fill": outside,
        "patch": pixels * taps,
        "kernel_row": pixels * shape.kernel_h,
        "pixel": pixels,
    }
    return KernelWork("CONV_2D i8 im2col", _batched(terms, shape.batches))


def im2col_mve(shape: TapWindow, outputs: int, depth: int) -> KernelWork:
    """Return the work of arm_convolve_s8 with MVE: four pixels at a time, 16 elements of a patch per vector."""
    pixels, taps, inside = shape.pixels // shape.batches, shape.taps, shape.inside // shape.batches
    vectors = -(-depth // 16)
    terms = matrix_mve([pixels], outputs, taps * depth)
    terms |= {
        "copy_vector": inside * vectors,
        "fill_vector": (pixels * taps - inside) * vectors,
        "fill": pixels * taps - inside,
        "patch": pixels * taps,
        "kernel_row": pixels * shape.kernel_h,
        "pixel": pixels,
    }
    # One matrix call per four pixels: its cost is part of what a pixel costs.
    del terms["quad"], terms["matrix"]
    return KernelWork("CONV_2D i8 im2col", _batched(terms, shape.batches))


def matrix_mve(calls: list[int], outputs: int, columns: int) -> dict[str, float]:
    """Return the terms of arm_nn_mat_mult_nt_t_s8 with MVE, called once for each number of rows in `calls`."""
    vectors = -(-columns // 16)
    quads = sum(rows // 4 for rows in calls)
    left = sum(rows % 4 for rows in calls)
    return {
        "quad_vector": quads * outputs * vectors,
        "quad_out": quads * outputs,
        "quad": quads,
        "left_vector": left * outputs * vectors,
        "left_out": left * outputs,
        "left_tail": left * (outputs % 4),
        "left": left,
        "matrix": sum(rows > 0 for rows in calls),
    }


def pointwise_dsp(shape: TapWindow, outputs: int, depth: int) -> KernelWork:
    """Return the work of arm_convolve_1x1_s8 with DSP instructions: one matrix call, or one per row when strided."""
    pixels = shape.pixels // shape.batches
    calls = 1 if shape.stride_h == shape.stride_w == 1 else shape.out_h
    rows = pixels // calls
    pairs, left = calls * (rows // 2), calls * (rows % 2)
    couples, odd = divmod(outputs, 2)
    # What is left of 16 elements, and then of 4, has a loop of its own that begins after the one before.
    sixteens, fours, ones = depth // 16, depth % 16 // 4, depth % 4
    terms = {
        "pair_x16": pairs * couples * sixteens,
        "pair_x4": pairs * couples * fours,
        "pair_x1": pairs * couples * ones,
        "pair_begun": pairs * couples * ((fours > 0 < sixteens) + (ones > 0 < depth // 4)),
        "pair_out": pairs * couples,
        "left_x16": left * couples * sixteens,
        "left_x4": left * couples * fours,
        "left_x1": left * couples * ones,
        "left_begun": left * couples * ((fours > 0 < sixteens) + (ones > 0 < depth // 4)),
        "left_out": left * couples,
        "left_after": min(left, pairs) * couples,
        "weight_sum": calls * couples * depth,
        "prepare": calls * couples,
        "odd_channel_mac": odd * pixels * depth,
        "odd_channel_out": odd * pixels,
        "matrix": calls,
    }
    return KernelWork("CONV_2D i8 1x1", _batched(terms, shape.batches))


def pointwise_mve(shape: TapWindow, outputs: int, depth: int) -> KernelWork:
    """Return the work of arm_convolve_1x1_s8 with MVE."""
    pixels = shape.pixels // shape.batches
    calls = 1 if shape.stride_h == shape.stride_w == 1 else shape.out_h
    return KernelWork("CONV_2D i8 1x1", _batched(matrix_mve([pixels // calls] * calls, outputs, depth), shape.batches))


def line_calls(width: int, shape: TapWindow) -> list[int] | None:
    """Return the rows of the three matrix calls of arm_convolve_1_x_n_s8; None where it falls back to im2col."""
    out, stride, pad = shape.out_w, shape.stride_w, shape.pad_w
    odd = ((out - 1) * stride + shape.kernel_w - width) % 2
    right = max(1, (pad + odd + stride - 1) // stride) if pad + odd else 0
    left = max(1, (pad + stride - 1) // stride) if pad else 0
    middle = max(out - right - left, 0)
    return [left, middle, right] if left + middle + right == out else None


def int8_work(site: OpContext, shape: TapWindow, outputs: int, depth: int, image: tuple[int, ...]) -> KernelWork:
    """Return the work of arm_convolve_wrapper_s8 over an image (N, H, W, C)."""
    mve = site.core.has_mve
    plain = shape.pad_h == shape.pad_w == 0 and not shape.dilated
    if plain and shape.taps == 1:
        return pointwise_mve(shape, outputs, depth) if mve else pointwise_dsp(shape, outputs, depth)
    line = image[1] == 1 and shape.kernel_h == 1 and not shape.dilated and shape.stride_w * depth % 4 == 0
    calls = line_calls(image[2], shape) if mve and line else None
    if calls is not None:
        terms = matrix_mve(calls, outputs, shape.taps * depth)
        return KernelWork("CONV_2D i8 1xN", _batched(terms, shape.batches))
    return im2col_mve(shape, outputs, depth) if mve else im2col_dsp(site, shape, outputs, depth)


def _batched(terms: Mapping[str, float], batches: int) -> Mapping[str, float]:
    scaled = dict(terms) if batches == 1 else {name: batches * count for name, count in terms.items()}
    return {**scaled, "call": 1}


def _work(site: OpContext) -> KernelWork | Uncovered:
    image, weights, out = site.operand(0), site.operand(1), site.outputs[0]
    shape = window(site, image, out, weights.shape[1], weights.shape[2])
    outputs, depth = weights.shape[0], weights.shape[3]
    if image.dtype is DType.FLOAT32 and weights.dtype is DType.FLOAT32:
        return KernelWork("CONV_2D f32", reference_terms(shape, outputs, depth))
    if site.core is Core.M4_CMSIS_NN and (image.dtype, weights.dtype) == (DType.INT8, DType.INT4):
        same = depth == image.shape[3]
        return _four_bits.convolution(shape, outputs, depth) if same else unmeasured(site, image, weights)
    if image.dtype not in (DType.INT8, DType.INT16) or weights.dtype is not DType.INT8:
        return unmeasured(site, image, weights)
    if not site.core.has_cmsis_nn:
        path = f"CONV_2D {site.tag}{' 32-bit bias' if _sums_in_32_bits(site) else ''}"
        return KernelWork(path, reference_terms(shape, outputs, depth))
    return _cmsis_nn(site, shape, outputs, depth)


def _cmsis_nn(site: OpContext, shape: TapWindow, outputs: int, depth: int) -> KernelWork | Uncovered:
    image = site.operand(0)
    if image.dtype is DType.INT16:
        return _int16(site, shape, outputs, depth)
    if depth != image.shape[3]:
        return _grouped(site, shape, outputs, image.shape[3] // depth, depth)
    return int8_work(site, shape, outputs, depth, image.shape)


def _int16(site: OpContext, shape: TapWindow, outputs: int, depth: int) -> KernelWork | Uncovered:
    """Return the work of arm_convolve_s16, which knows im2col only; with MVE it is counted like that of int8."""
    if depth != site.operand(0).shape[3]:
        return Uncovered("grouped convolution of int16 was not measured")
    if site.core.has_mve:
        return KernelWork("CONV_2D i16 im2col", im2col_mve(shape, outputs, depth).terms)
    return _sixteen_bits.convolution(shape, outputs, depth, narrow_bias=_sums_in_32_bits(site))


def _sums_in_32_bits(site: OpContext) -> bool:
    """Whether a convolution of int16 has a bias of 32 bits, and with it sums of 32 bits; else both have 64."""
    bias = site.inputs[2] if len(site.inputs) > 2 else None
    return site.tag == "i16" and bias is not None and bias.dtype is DType.INT32


def _grouped(site: OpContext, shape: TapWindow, outputs: int, groups: int, depth: int) -> KernelWork:
    """Return the work of arm_convolve_s8 with groups: im2col and product once for each group."""
    each = outputs // groups
    work = im2col_mve(shape, each, depth) if site.core.has_mve else im2col_dsp(site, shape, each, depth)
    terms = {name: count if name == "call" else groups * count for name, count in work.terms.items()}
    return KernelWork("CONV_2D i8 im2col grouped", terms)


def _macs(site: OpContext) -> int:
    weights, out = site.operand(1), site.outputs[0]
    return out.elements * weights.elements // weights.shape[0]


def _traffic(site: OpContext, scratches: Sequence[int]) -> Traffic:
    """A plain loop and a product of matrices read the image anew for each output channel, im2col its patches instead.

    DSP instructions make two channels of one read, and keep patches in 16 bits; MVE makes one and keeps them in 8.
    """
    image, weights, out = site.operand(0), site.operand(1), site.outputs[0]
    shape = window(site, image, out, weights.shape[1], weights.shape[2])
    outputs, depth = weights.shape[0], weights.shape[3]
    tables = channel_tables(out.elements)
    fast = site.core.has_cmsis_nn and image.dtype is not DType.FLOAT32
    at_once = 2 if fast and not site.core.has_mve else 1
    again = -(-outputs // at_once)
    line = site.core.has_mve and image.shape[1] == shape.kernel_h == 1
    if not fast or not scratches or line:
        return scaled(site, scratches, {0: shape.inside * depth * element_bytes(site) * again}, tables)
    groups = max(1, image.shape[3] // depth)
    read, gathered, patches = windows(site, shape, -(-again // groups), depth)
    wide = 2 if image.dtype is DType.INT8 and not site.core.has_mve else 1
    moved = (groups * gathered * wide, groups * patches * wide)
    made = scaled(site, scratches, {0: groups * read}, tables)
    return replace(made, scratch=(moved, *made.scratch[1:]))


COST = OpCost(("CONV_2D",), _work, macs=_macs, traffic=_traffic)
