"""CMSIS-NN's scratch sizes, computed by hand from its arm_*_get_buffer_size functions (commit 4ab83cc3).

Names: `none` has neither DSP nor MVE, `dsp` the DSP extension, `mve` both (GCC defines ARM_MATH_DSP with MVE).
"""

from types import SimpleNamespace
from typing import Any

import pytest

from arenafit.kernels._cmsis_nn import (
    convolve_s8_bytes,
    depthwise_opt_bytes,
    depthwise_s8_bytes,
    im2col_s8_bytes,
    im2col_s16_bytes,
)
from arenafit.kernels._conv import ConvAxis
from arenafit.targets.libraries import CMSIS_NN, CMSIS_NN_DSP, CMSIS_NN_MVE
from arenafit.targets.target import Abi, Target
from arenafit.tflm.kernel_requests import ask
from support.one_op import const as constant
from support.one_op import i8, one_op, weights

LIBRARIES = {"none": CMSIS_NN, "dsp": CMSIS_NN_DSP, "mve": CMSIS_NN_MVE}


def asking(library: str) -> Any:
    return SimpleNamespace(kernel_library=LIBRARIES[library])


def axis(size: int, window: int, *, stride: int = 1, dilation: int = 1, padding: int = 0, output: int = 0) -> ConvAxis:
    return ConvAxis(size, window, output or size, stride, dilation, padding)


SQUARE = (axis(8, 3, padding=1), axis(8, 3, padding=1))
# (input channels, filter channels), axes, bytes by library
CONVOLUTIONS: dict[str, tuple[tuple[int, int], tuple[ConvAxis, ConvAxis], tuple[int, int, int]]] = {
    "27 taps: to 28, with MVE to 32": ((3, 3), SQUARE, (112, 112, 128)),
    "135 taps: to 136, with MVE to 144": ((15, 15), SQUARE, (544, 544, 576)),
    "144 taps are whole vectors": ((16, 16), SQUARE, (576, 576, 576)),
    "1x1": ((16, 16), (axis(8, 1), axis(8, 1)), (0, 0, 0)),
    "1x1 at stride 2": ((16, 16), (axis(8, 1, stride=2, output=4), axis(8, 1, stride=2, output=4)), (0, 0, 0)),
    "1x1 padded above": ((16, 16), (axis(8, 1, padding=1), axis(8, 1)), (64, 64, 64)),
    "1x1 padded at the side": ((16, 16), (axis(8, 1), axis(8, 1, padding=1)), (64, 64, 64)),
    "1x1 dilated": ((16, 16), (axis(8, 1), axis(8, 1, dilation=2)), (64, 64, 64)),
    "1x1 in groups": ((16, 8), (axis(8, 1), axis(8, 1)), (64, 64, 64)),
    "3x1 is not 1x1": ((16, 16), (axis(8, 3), axis(8, 1)), (192, 192, 192)),
    # arm_convolve_1_x_n_s8_get_buffer_size_mve: (3 + 1) pixels of 4 channels; else 12 taps, to 16 with MVE.
    "1x3, padded": ((4, 4), (axis(1, 1), axis(10, 3, padding=1)), (48, 48, 16)),
    # Padded behind only: the window less a pixel, and the one padding pixel.
    "1x3 at stride 2": ((2, 2), (axis(1, 1), axis(10, 3, stride=2, output=5)), (32, 32, 6)),
    "1x3 of 3 channels: the step is no multiple of 4": ((3, 3), (axis(1, 1), axis(10, 3, padding=1)), (48, 48, 64)),
    "1x3 dilated": ((4, 4), (axis(1, 1), axis(10, 3, dilation=2, padding=2)), (48, 48, 64)),
    "1x3 of an image two rows high": ((4, 4), (axis(2, 1), axis(10, 3, padding=1)), (48, 48, 64)),
    "1x3 in groups": ((4, 2), (axis(1, 1), axis(10, 3, padding=1)), (48, 48, 64)),
    # Two outputs cannot be one on the left, one on the right and a middle beside: 4 * 16.
    "1x5, all of it padding": ((4, 4), (axis(1, 1), axis(1, 5, padding=2)), (80, 80, 128)),
}


@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_a_convolution_asks_for_its_columns(case: str) -> None:
    channels, (height, width), wanted = CONVOLUTIONS[case]
    found = tuple(convolve_s8_bytes(asking(library), *channels, height, width) for library in LIBRARIES)
    assert found == wanted


FIVE = (axis(8, 5, padding=2), axis(8, 5, padding=2))
# batches, (input, output channels), axes, bytes by library
DEPTHWISE: dict[str, tuple[int, tuple[int, int], tuple[ConvAxis, ConvAxis], tuple[int, int, int]]] = {
    "3x3 has a kernel of its own without MVE": (1, (8, 8), SQUARE, (0, 0, 4464)),
    "3x3, padded by two at the side": (1, (8, 8), (axis(8, 3, padding=1), axis(8, 3, padding=2)), (0, 144, 4464)),
    "3x3, padded by two above": (1, (8, 8), (axis(8, 3, padding=2), axis(8, 3, padding=1)), (0, 144, 4464)),
    "3x5": (1, (8, 8), (axis(8, 3, padding=1), axis(8, 5, padding=1)), (0, 240, 7440)),
    "5x5": (1, (8, 8), FIVE, (0, 400, 12400)),
    "two channels from each": (1, (8, 16), FIVE, (0, 0, 0)),
    "two images": (2, (8, 8), FIVE, (0, 0, 0)),
    "dilated rows": (1, (8, 8), (axis(8, 5, dilation=2), axis(8, 5)), (0, 0, 0)),
    "dilated columns": (1, (8, 8), (axis(8, 5), axis(8, 5, dilation=2)), (0, 0, 0)),
    # As a convolution of 9 taps (4 * 16) with the filter turned round (8 * 9).
    "one channel fanned out": (1, (1, 8), SQUARE, (0, 0, 136)),
    "one channel": (1, (1, 1), FIVE, (0, 50, 12400)),
}


@pytest.mark.parametrize("case", DEPTHWISE)
def test_a_depthwise_convolution_asks_for_its_columns(case: str) -> None:
    batches, channels, (height, width), wanted = DEPTHWISE[case]
    found = tuple(depthwise_s8_bytes(asking(library), batches, channels, height, width) for library in LIBRARIES)
    assert found == wanted


def test_the_fall_back_of_four_bits_asks_without_dsp_too() -> None:
    assert depthwise_opt_bytes(asking("none"), 1, (8, 8), *FIVE) == 400
    assert depthwise_opt_bytes(asking("mve"), 1, (8, 8), *FIVE) == 12400


def test_columns_are_rounded_to_what_a_kernel_loads_at_once() -> None:
    assert [im2col_s8_bytes(asking("dsp"), columns) for columns in (27, 28, 29)] == [112, 112, 128]
    assert [im2col_s8_bytes(asking("mve"), columns) for columns in (16, 17)] == [64, 128]
    assert [im2col_s16_bytes(asking("dsp"), columns) for columns in (27, 28)] == [108, 112]
    assert [im2col_s16_bytes(asking("mve"), columns) for columns in (24, 27)] == [192, 256]


# arm_transpose_conv_s8_get_buffer_size: reversed above 16 channels at strides up to 2, else rows of the output.
@pytest.mark.parametrize(
    ("channels", "stride", "wanted"),
    [
        (16, 2, (4 * (((3 - 1) * 2 + 3) * 5) * 3, 0)),
        (17, 2, (4 * 156, 5 * 9 * 17)),  # 153 taps to 156; 5 reversed filters beside
        (17, 3, (4 * (((3 - 1) * 3 + 3) * 5) * 3, 0)),
    ],
)
def test_a_transposed_convolution_is_reversed_above_sixteen_channels(
    channels: int, stride: int, wanted: tuple[int, int]
) -> None:
    size = 3 * stride
    operands = [
        constant([1, size, size, 5]),
        weights(i8(1).dtype, (5, 3, 3, channels), 0),
        i8(1, 3, 3, channels),
    ]
    options = {"padding": 0, "stride_h": stride, "stride_w": stride}
    model = one_op("TRANSPOSE_CONV", operands, [i8(1, size, size, 5)], "TransposeConvOptions", **options)
    (found,) = ask(model, Target("m4", Abi.ILP32, CMSIS_NN_DSP)).ops
    assert tuple(found.scratches_bytes) == wanted
