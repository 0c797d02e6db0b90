"""int8 operators with weights of 4 bits as CMSIS-NN computes them with DSP instructions.

Mirrors arm_convolve_wrapper_s4, arm_depthwise_conv_s4_opt and arm_fully_connected_s4 of CMSIS-NN 4ab83cc3. Output
channels come four at a time in two halves; two weights share a byte, so odd lengths spill into the next channel.
"""

from arenafit.costs.window import TapWindow
from arenafit.costs.work import KernelWork


def convolution(shape: TapWindow, outputs: int, depth: int) -> KernelWork:
    """Return the work of CONV_2D over `depth` input channels."""
    plain = shape.pad_h == shape.pad_w == 0 and not shape.dilated
    return _pointwise(shape, outputs, depth) if plain and shape.taps == 1 else _im2col(shape, outputs, depth)


def depthwise(shape: TapWindow, channels: int) -> KernelWork:
    """Return the work of DEPTHWISE_CONV_2D with multiplier 1, one image and no dilation."""
    quads, rest = divmod(channels, 4)
    outside = shape.pixels * shape.taps - shape.inside
    terms: dict[str, float] = {
        "quad_pair": shape.pixels * quads * (shape.taps // 2),
        "quad_odd": shape.pixels * quads * (shape.taps % 2),
        "quad_out": shape.pixels * quads,
        "rest_tap": shape.pixels * rest * shape.taps,
        "rest_out": shape.pixels * rest,
        "widen_quad": shape.inside * quads,
        "widen_rest": shape.inside * rest,
        "tap": shape.inside,
        "padding_tap": outside,
        "padding_byte": outside * channels,
        "pixel": shape.pixels,
        "call": 1,
    }
    return KernelWork(f"DEPTHWISE_CONV_2D i8 4-bit {'uneven' if channels % 2 else 'even'}", terms)


def dense(batches: int, outputs: int, depth: int) -> KernelWork:
    """Return the work of FULLY_CONNECTED."""
    groups, rest = batches * (outputs // 4), batches * (outputs % 4)
    terms = {
        "four_x4": groups * (depth // 4),
        "four_x2": groups * (depth % 4 // 2),
        "four_x1": groups * (depth % 2),
        "four_out": groups,
        "rest_x4": rest * (depth // 4),
        "rest_x2": rest * (depth % 4 // 2),
        "rest_x1": rest * (depth % 2),
        "rest_out": rest,
        "rest_batch": batches * (outputs % 4 > 0),
        "batch": batches,
        "call": 1,
    }
    return KernelWork("FULLY_CONNECTED i8 4-bit", terms)


def _pointwise(shape: TapWindow, outputs: int, depth: int) -> KernelWork:
    pixels = shape.pixels // shape.batches
    strided = (shape.stride_h, shape.stride_w) != (1, 1)
    # Without strides all images of the batch are one matrix.
    calls = shape.out_h * shape.batches if strided else 1
    rows = pixels * shape.batches // calls
    terms: dict[str, float] = {}
    for name, count in (("pair", rows // 2), ("left", rows % 2)):
        for kind, channels in (("four", outputs // 4), ("rest", outputs % 4)):
            times = calls * count * channels
            terms |= {
                f"{kind}_{name}_x16": times * (depth // 16),
                f"{kind}_{name}_x4": times * (depth % 16 // 4),
                f"{kind}_{name}_x2": times * (depth % 4 // 2),
                f"{kind}_{name}_x1": times * (depth % 2),
                f"{kind}_{name}_out": times,
            }
    return KernelWork(
        "CONV_2D i8 4-bit 1x1", {**terms, "channel": calls * (outputs // 4 + outputs % 4), "matrix": calls, "call": 1}
    )


def _im2col(shape: TapWindow, outputs: int, depth: int) -> KernelWork:
    pixels, inside = shape.pixels // shape.batches, shape.inside // shape.batches
    columns, outside = shape.taps * depth, pixels * shape.taps - inside
    pairs, left = divmod(pixels, 2)
    terms: dict[str, float] = {}
    for name, times in (
        ("four", pairs * (outputs // 4)),
        ("rest", pairs * (outputs % 4)),
        ("left", left * outputs),
    ):
        terms |= {
            f"{name}_x4": times * (columns // 4),
            f"{name}_x2": times * (columns % 4 // 2),
            f"{name}_x1": times * (columns % 2),
            f"{name}_out": times,
        }
    terms |= {
        "widen_quad": inside * (depth // 4),
        "widen_rest": inside * (depth % 4),
        "tap": inside,
        "fill_byte": outside * depth,
        "fill": outside,
        "kernel_row": pixels * shape.kernel_h,
        "pixel": pixels,
    }
    return KernelWork(
        "CONV_2D i8 4-bit im2col", {name: shape.batches * count for name, count in terms.items()} | {"call": 1}
    )
