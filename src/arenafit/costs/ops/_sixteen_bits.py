"""int16 operators as CMSIS-NN computes them with DSP instructions.

Mirrors arm_convolve_s16, arm_vec_mat_mult_t_s16 and the poolings arm_*_pool_s16 of CMSIS-NN 4ab83cc3. Sums of more than
512 products go on in 64 bits, one product at a time.
"""

from arenafit.costs.core import Core
from arenafit.costs.memcpy import memcpy
from arenafit.costs.window import TapWindow
from arenafit.costs.work import KernelWork

_FAST_COLUMNS = 512  # MAX_COL_COUNT in arm_nnsupportfunctions.h


def convolution(shape: TapWindow, outputs: int, depth: int, *, narrow_bias: bool) -> KernelWork:
    """Return the work of CONV_2D: patches gathered, two pixels and two output channels at a time."""
    pixels, inside = shape.pixels // shape.batches, shape.inside // shape.batches
    columns, outside = shape.taps * depth, pixels * shape.taps - inside
    fast = columns if narrow_bias else min(columns, _FAST_COLUMNS)
    pairs, left = divmod(pixels, 2)
    terms: dict[str, float] = {}
    for name, times in (("pair", pairs * (outputs // 2)), ("odd_channel", pairs * (outputs % 2))):
        terms |= {
            f"{name}_quad": times * (fast // 4),
            f"{name}_rest": times * (fast % 4),
            f"{name}_slow": times * (columns - fast),
            f"{name}_out": times * (not narrow_bias),
            f"{name}_out_32": times * narrow_bias,
        }
    terms |= {
        "left_quad": left * outputs * (columns // 4),
        "left_rest": left * outputs * (columns % 4),
        "left_out": left * outputs * (not narrow_bias),
        "left_out_32": left * outputs * narrow_bias,
        "memcpy": inside * memcpy(2 * depth, Core.M4_CMSIS_NN),
        "short": inside * (depth % 2),
        "fill_byte": outside * depth * 2,
        "fill": outside,
        "patch": pixels * shape.taps,
        "kernel_row": pixels * shape.kernel_h,
        "pixel": pixels,
    }
    return KernelWork(
        "CONV_2D i16 im2col", {name: shape.batches * count for name, count in terms.items()} | {"call": 1}
    )


def depthwise(shape: TapWindow, outputs: int, inputs: int) -> KernelWork:
    """Return the work of DEPTHWISE_CONV_2D: TFLM calls the plain kernel whatever the shape."""
    terms = {
        "mac": shape.inside * outputs,
        "row": shape.rows_inside * outputs,
        "out": shape.pixels * outputs,
        "dilated_out": shape.pixels * outputs * shape.dilated,
        "input_channel": shape.pixels * inputs,
        "pixel": shape.pixels,
        "call": 1,
    }
    return KernelWork("DEPTHWISE_CONV_2D i16 plain", terms)


def dense(batches: int, outputs: int, depth: int) -> KernelWork:
    """Return the work of FULLY_CONNECTED: two output channels at a time."""
    quads = min(depth, _FAST_COLUMNS) // 4
    couples, odd = batches * (outputs // 2), batches * (outputs % 2)
    terms = {
        "pair_quad": couples * quads,
        "pair_rest": couples * (depth - 4 * quads),
        "pair_out": couples,
        "odd_quad": odd * quads,
        "odd_rest": odd * (depth - 4 * quads),
        "odd_out": odd,
        "batch": batches,
        "call": 1,
    }
    return KernelWork("FULLY_CONNECTED i16", terms)


def pool(name: str, shape: TapWindow, channels: int) -> KernelWork:
    """Return the work of MAX_POOL_2D or AVERAGE_POOL_2D: each pixel's first tap is copied, the others joined to it."""
    more = shape.inside - shape.pixels
    terms: dict[str, float] = {
        "memcpy": shape.pixels * memcpy(2 * channels, Core.M4_CMSIS_NN),
        "tap_pair": more * (channels // 2),
        "tap_odd": more * (channels % 2),
        "tap": more,
        "out": shape.pixels * channels,
        "row": shape.rows_inside,
        "pixel": shape.pixels,
        "call": 1,
    }
    return KernelWork(f"{name} i16", terms)
