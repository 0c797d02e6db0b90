"""What CMSIS-NN uses of the processor, and the scratch sizes of its convolutions.

Mirrors tensorflow/lite/micro/kernels/cmsis_nn/conv.cc and depthwise_conv.cc (commit 90b983c2 of 2026-08-20), and
CMSIS-NN's Source/ConvolutionFunctions/arm_*_get_buffer_sizes_*.c (commit 4ab83cc3), as GCC compiles them.
"""

from arenafit.kernels._conv import OP_DATA, ConvAxis
from arenafit.kernels.protocol import Requests
from arenafit.targets.abi import INT, struct
from arenafit.targets.libraries import Feature
from arenafit.units import align_up

CONV_OP_DATA = struct(OP_DATA, INT)

# CH_IN_BLOCK_MVE of Include/arm_nnsupportfunctions.h
_MVE_CHANNEL_BLOCK = 124


def has_dsp(requests: Requests) -> bool:
    """Whether the kernels use the DSP extension (ARM_MATH_DSP)."""
    return requests.kernel_library.has(Feature.DSP)


def has_mve(requests: Requests) -> bool:
    """Whether the kernels use the M-profile vector extension (ARM_MATH_MVEI)."""
    return requests.kernel_library.has(Feature.MVE)


def convolve_s8_bytes(
    requests: Requests, input_channels: int, filter_channels: int, height: ConvAxis, width: ConvAxis
) -> int:
    """Return arm_convolve_wrapper_s8_get_buffer_size."""
    if _is_1x1(input_channels, filter_channels, height, width):
        return 0
    if has_mve(requests) and _is_1xn(input_channels, filter_channels, height, width):
        return _convolve_1xn_mve_bytes(input_channels, height, width)
    return im2col_s8_bytes(requests, input_channels * height.filter * width.filter)


def im2col_s8_bytes(requests: Requests, columns: int) -> int:
    """Return arm_convolve_s8_get_buffer_size: two 16-bit columns, or with MVE four columns in whole vectors."""
    if has_mve(requests):
        return 4 * align_up(columns, 16)
    return 4 * align_up(columns, 4)


def im2col_s16_bytes(requests: Requests, columns: int) -> int:
    """Return arm_convolve_s16_get_buffer_size."""
    if has_mve(requests):
        return 8 * align_up(columns, 8)
    return 4 * columns


def _is_1x1(input_channels: int, filter_channels: int, height: ConvAxis, width: ConvAxis) -> bool:
    """arm_nn_is_convolve_1x1; both of its branches need no buffer when compiled by GCC."""
    return input_channels == filter_channels and all(
        axis.filter == 1 and axis.padding == 0 and axis.dilation == 1 for axis in (height, width)
    )


def _is_1xn(input_channels: int, filter_channels: int, height: ConvAxis, width: ConvAxis) -> bool:
    """arm_nn_is_convolve_1_x_n."""
    return (
        height.input == 1
        and width.dilation == 1
        and height.filter == 1
        and width.stride * input_channels % 4 == 0
        and input_channels == filter_channels
    )


def _convolve_1xn_mve_bytes(channels: int, height: ConvAxis, width: ConvAxis) -> int:
    """arm_convolve_1_x_n_s8_get_buffer_size_mve."""
    total = (width.output - 1) * width.stride + width.filter - width.input
    odd = total % 2 if total >= 0 else -(-total % 2)
    right = max(1, (width.padding + odd + width.stride - 1) // width.stride) if width.padding + odd != 0 else 0
    left = max(1, (width.padding + width.stride - 1) // width.stride) if width.padding else 0
    middle = max(width.output - (right + left), 0)
    if right + middle + left != width.output:
        return 4 * align_up(channels * height.filter * width.filter, 16)
    left_bytes = width.padding * channels
    right_bytes = right * channels if odd else left_bytes
    window_bytes = width.filter * channels
    return max(window_bytes + left_bytes, window_bytes - channels + right_bytes)


def depthwise_s8_bytes(
    requests: Requests, batches: int, channels: tuple[int, int], height: ConvAxis, width: ConvAxis
) -> int:
    """Return arm_depthwise_conv_wrapper_s8_get_buffer_size for (input, output) channels."""
    if not has_dsp(requests):
        return 0
    input_channels, output_channels = channels
    if has_mve(requests) and input_channels == 1 and output_channels > 1:
        return _converted_mve_bytes(requests, output_channels, height, width)
    small = height.filter == width.filter == 3 and height.padding <= 1 and width.padding <= 1
    if not has_mve(requests) and small:
        return 0
    return depthwise_opt_bytes(requests, batches, channels, height, width)


def depthwise_opt_bytes(
    requests: Requests, batches: int, channels: tuple[int, int], height: ConvAxis, width: ConvAxis
) -> int:
    """Return arm_depthwise_conv_wrapper_s4_get_buffer_size, which the 8-bit one falls back to.

    It asks for the columns without the DSP extension, too.
    """
    if channels[0] != channels[1] or batches != 1 or height.dilation != 1 or width.dilation != 1:
        return 0
    columns = height.filter * width.filter
    return 4 * _MVE_CHANNEL_BLOCK * columns if has_mve(requests) else 2 * channels[0] * columns


def _converted_mve_bytes(requests: Requests, output_channels: int, height: ConvAxis, width: ConvAxis) -> int:
    """A depthwise convolution of one channel is run as a convolution of a rearranged filter.

    cmsis_nn/depthwise_conv.cc leaves the strides unset here, so a 1xN shape is taken with the file's strides.
    """
    # The filter's dimensions are passed with its count and channels exchanged.
    convolution = convolve_s8_bytes(requests, 1, 1, height, width)
    return convolution + output_channels * height.filter * width.filter
