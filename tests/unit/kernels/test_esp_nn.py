"""ESP-NN's scratch buffers, alignment and write orders.

The sizes are what esp-nn's own functions return when they are compiled and called (1.1.2, 1.2.0, 1.2.2 and 1.2.3).
"""

from typing import Any, NamedTuple

import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Editor, Model
from arenafit.kernels import find
from arenafit.kernels.protocol import Ask
from arenafit.kernels.sharing import OperandOverlap
from arenafit.layout.alignment import misaligned, vector_tensors
from arenafit.ops import Operands
from arenafit.targets.libraries import (
    CMSIS_NN_DSP,
    ESP_NN,
    ESP_NN_P4,
    ESP_NN_S3,
    REFERENCE,
    KernelLibrary,
    find_library,
    relied_on_with,
)
from arenafit.targets.target import Abi, Target
from arenafit.tflm.footprints import footprint
from arenafit.tflm.kernel_requests import ask
from support.one_op import Factory, Operand, i8, i16, one_op, weights


class Case(NamedTuple):
    """A convolution with the bytes that each library asks for."""

    image: tuple[int, int, int]  # (H, W, C)
    window: tuple[int, int]  # (H, W)
    channels: int  # of the output; of a depthwise convolution the multiplier
    stride: int
    same: int  # 1: padding SAME
    sizes: tuple[int, ...] = ()


LIBRARIES = [find_library(name) for name in ("esp-nn-s3@1.1.2", "esp-nn-s3@1.2.2", "esp-nn-s3")]
LIBRARIES += [find_library(name) for name in ("esp-nn-p4@1.2.2", "esp-nn-p4")]
DEPTHWISE_LIBRARIES = [find_library(f"esp-nn-s3@{version}") for version in ("1.1.2", "1.2.0", "1.2.2", "1.2.3")]

CONVOLUTIONS = {
    "1x1 of whole vectors": Case((6, 5, 16), (1, 1), 24, 1, 0, (672, 672, 704, 672, 672)),
    "1x1 of 12 channels": Case((6, 5, 12), (1, 1), 24, 1, 0, (1152, 1152, 1184, 1152, 544)),
    "1x1 of 7 pixels": Case((7, 1, 16), (1, 1), 24, 1, 0, (416, 416, 448, 416, 416)),
    "1x1 at stride 2": Case((6, 6, 16), (1, 1), 8, 2, 1, (192, 320, 352, 192, 192)),
    "3x3 of 3 channels": Case((9, 8, 3), (3, 3), 10, 2, 1, (1776, 456, 488, 1776, 99)),
    "3x3, padded": Case((9, 8, 16), (3, 3), 10, 1, 1, (3272, 6472, 6504, 3272, 216)),
    "3x3, not padded": Case((9, 8, 16), (3, 3), 10, 1, 0, (1512, 2952, 2984, 1512, 1512)),
    "3x3, padded behind only": Case((8, 8, 16), (3, 3), 10, 2, 1, (1512, 4552, 4584, 1512, 1512)),
    "2x2 of 2 channels": Case((96, 96, 2), (2, 2), 4, 1, 1, (304, 19250, 19282, 304, 147760)),
    "3x1 of 2 channels, tiled": Case((200, 100, 2), (3, 1), 4, 1, 1, (40640, 81232, 81264, 40640, 35440)),
    "1x7 of 1 channel": Case((1, 40, 1), (1, 7), 4, 1, 0, (496, 560, 592, 496, 1136)),
    "1x7 of 1 channel, padded": Case((1, 40, 1), (1, 7), 4, 1, 1, (542, 652, 684, 542, 542)),
}
DEPTHWISE = {
    "3x3 of 16 channels": Case((24, 24, 16), (3, 3), 1, 1, 1, (10976, 10976, 10976, 10976)),
    "3x3 of 16 channels, in strips": Case((60, 60, 16), (3, 3), 1, 1, 1, (61664, 61664, 3136, 3136)),
    "3x3 of 16 channels, not padded": Case((10, 10, 16), (3, 3), 1, 2, 0, (160, 160, 160, 160)),
    "3x3 of 16 channels, extended": Case((9, 9, 16), (3, 3), 1, 2, 0, (1760, 1760, 1760, 1760)),
    "3x3 of 8 channels": Case((24, 24, 8), (3, 3), 1, 1, 1, (9376, 9392, 9392, 9392)),
    "3x3 of 24 channels": Case((24, 24, 24), (3, 3), 1, 2, 1, (28096, 28112, 26592, 26592)),
    "5x5 of 16 channels": Case((12, 12, 16), (5, 5), 1, 1, 1, (32, 32, 5440, 5440)),
    "5x5 of 16 channels, in strips": Case((48, 48, 16), (5, 5), 1, 1, 1, (32, 32, 8512, 8512)),
    "3x3 of 12 channels": Case((9, 9, 12), (3, 3), 1, 1, 1, (32, 32, 4384, 4384)),
    "3x3 of 3 channels": Case((9, 9, 3), (3, 3), 1, 1, 1, (32, 32, 32, 32)),
    "multiplier 8": Case((9, 9, 1), (10, 8), 8, 2, 1, (1458, 1474, 1474, 1474)),
    "multiplier 2": Case((9, 9, 4), (3, 3), 2, 1, 1, (32, 32, 32, 32)),
}


def out_of(size: int, window: int, stride: int, *, same: int) -> int:
    return -(-size // stride) if same else (size - window) // stride + 1


def outputs(case: Case) -> list[int]:
    pairs = zip(case.image[:2], case.window, strict=True)
    return [out_of(size, window, case.stride, same=case.same) for size, window in pairs]


def plain_options(case: Case) -> dict[str, int]:
    once = {"dilation_h_factor": 1, "dilation_w_factor": 1}
    return {"padding": 1 - case.same, "stride_h": case.stride, "stride_w": case.stride, **once}


def convolution(*shape: Any, make: Factory = i8) -> Model:
    case = Case(*shape)
    filters = weights(DType.INT8, (case.channels, *case.window, case.image[2]), 0)
    output = make(1, *outputs(case), case.channels)
    inputs = [make(1, *case.image), filters, None]
    return one_op("CONV_2D", inputs, [output], "Conv2DOptions", **plain_options(case))


def depthwise(*shape: Any) -> Model:
    case = Case(*shape)
    channels = case.image[2] * case.channels
    filters = weights(DType.INT8, (1, *case.window, channels), 3)
    options = {**plain_options(case), "depth_multiplier": case.channels}
    inputs, output = [i8(1, *case.image), filters, None], i8(1, *outputs(case), channels)
    return one_op("DEPTHWISE_CONV_2D", inputs, [output], "DepthwiseConv2DOptions", **options)


def softmax(*shape: int, of: Operand | None = None) -> Model:
    return one_op("SOFTMAX", [of or i8(*shape)], [of or i8(*shape)], "SoftmaxOptions", beta=1.0)


def target(library: KernelLibrary) -> Target:
    return Target("board", Abi.ILP32_INT_ENUMS, library)


def scratch(model: Model, library: KernelLibrary) -> list[int]:
    (asked,) = ask(model, target(library)).ops
    return [size_bytes for kind, size_bytes, _ in asked.prepare if kind is Ask.SCRATCH]


@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_a_convolution_asks_for_what_the_library_says(case: str) -> None:
    sizes, model = CONVOLUTIONS[case].sizes, convolution(*CONVOLUTIONS[case])
    assert [scratch(model, library) for library in LIBRARIES] == [[size] for size in sizes]


@pytest.mark.parametrize("case", DEPTHWISE)
def test_a_depthwise_convolution_asks_for_what_the_library_says(case: str) -> None:
    sizes, model = DEPTHWISE[case].sizes, depthwise(*DEPTHWISE[case])
    assert [scratch(model, library) for library in DEPTHWISE_LIBRARIES] == [[size] for size in sizes]
    assert scratch(model, ESP_NN_P4) == []


def test_generic_kernels_and_wider_activations_ask_for_nothing() -> None:
    padded = CONVOLUTIONS["3x3, padded"]
    assert scratch(convolution(*padded), ESP_NN) == []
    assert scratch(convolution(*padded, make=i16), ESP_NN_S3) == []
    assert scratch(depthwise(*DEPTHWISE["3x3 of 16 channels"]), ESP_NN) == []


def test_softmax_takes_the_second_dimension_for_a_row() -> None:
    assert scratch(softmax(3, 10), ESP_NN) == [40]
    assert scratch(softmax(1, 2, 3, 10), ESP_NN_S3) == [8]
    assert scratch(softmax(3, 10, of=i16(3, 10)), ESP_NN_P4) == []
    with pytest.raises(UnsupportedModelError, match=r"SOFTMAX.*does not have: give it one by RESHAPE"):
        scratch(softmax(10), ESP_NN)


def test_what_kernels_write_past_their_buffers_is_known() -> None:
    uneven = depthwise((24, 23, 16), (3, 3), 1, 2, 1)  # padded by 0 rows and 1 column
    asked = 9 * 16 + 24 * (23 + 2) * 16 + 16
    written = 9 * 16 + 16 + (24 + 2) * (23 + 2 + 1) * 16 + 12 * 12 * 16
    found = footprint(uneven, target(ESP_NN_S3))
    assert (scratch(uneven, ESP_NN_S3), found.overruns_bytes) == ([asked], {uneven.main.ops[0].id: written - asked})
    rows = softmax(1, 2, 3, 10)
    assert footprint(rows, target(ESP_NN)).overruns_bytes == {rows.main.ops[0].id: 4 * (10 - 2)}
    for fine in (softmax(3, 10), depthwise((24, 24, 16), (3, 3), 1, 1, 1)):
        assert footprint(fine, target(ESP_NN_S3)).overruns_bytes == {}


def test_vector_kernels_of_the_s3_want_whole_vectors() -> None:
    model = convolution((6, 5, 16), (1, 1), 24, 1, 0)
    source, output = model.main.inputs[0], model.main.outputs[0]
    assert vector_tensors(model, find_library("esp-nn-s3@1.1.2")) == {source, output}
    assert not vector_tensors(model, ESP_NN)
    assert not vector_tensors(convolution((9, 8, 16), (3, 3), 10, 1, 1), ESP_NN_S3)
    editor = Editor(model)
    editor.set_offline_plan({source: 0, output: 488})
    assert misaligned(editor.build(), ESP_NN_S3) == output
    assert misaligned(editor.build(), ESP_NN_P4) is None


def ways(model: Model, library: KernelLibrary) -> list[OperandOverlap]:
    op = model.main.ops[0]
    kernel = find(op.code)
    assert kernel is not None
    assert kernel.sharing is not None
    return list(kernel.sharing.ways(model.main, op, library=library))


def test_results_may_lie_over_what_the_s3_copies_first() -> None:
    padded = convolution((9, 8, 16), (3, 3), 10, 1, 1)
    assert all(any(way.permits(at) for way in ways(padded, ESP_NN_S3)) for at in (-64, 0, 512))
    assert not any(way.permits(0) for way in ways(padded, ESP_NN))
    assert any(way.permits(-1024) for way in ways(padded, ESP_NN))
    for direct in (convolution((9, 8, 16), (3, 3), 16, 1, 0), convolution((9, 8, 3), (3, 3), 3, 1, 1)):
        assert ways(direct, ESP_NN_S3) == ways(direct, REFERENCE)
    assert ways(convolution((6, 5, 16), (1, 1), 16, 1, 0), ESP_NN_S3) == []
    assert ways(padded, CMSIS_NN_DSP) == ways(padded, ESP_NN_P4) == []
    small, large = depthwise((24, 24, 16), (3, 3), 1, 1, 1), depthwise((60, 60, 16), (3, 3), 1, 1, 1)
    assert any(way.permits(512) for way in ways(small, ESP_NN_S3))
    assert ways(large, ESP_NN_S3) == ways(large, REFERENCE)
    assert ways(depthwise((24, 24, 8), (3, 3), 1, 1, 1), ESP_NN_S3) == ways(
        depthwise((24, 24, 8), (3, 3), 1, 1, 1), REFERENCE
    )


def test_a_model_stays_right_with_the_libraries_of_its_processors() -> None:
    older = find_library("esp-nn-s3@1.2.0")
    assert older.version == (1, 2, 0)
    assert older.base == ESP_NN_S3
    assert relied_on_with(older) == (REFERENCE, ESP_NN, older)
    assert ESP_NN_S3 not in relied_on_with(CMSIS_NN_DSP)


def faults(model: Model) -> list[str]:
    kernel = find(model.main.ops[0].code)
    assert kernel is not None
    operands = Operands(model.main.ops[0], model.main)
    return [fault.source for fault in kernel.memory(ESP_NN).faults if fault.holds(operands, ESP_NN)]


def test_defects_of_the_library_are_told() -> None:
    grouped = weights(DType.INT8, (8, 3, 3, 2), 0)
    options = plain_options(Case((6, 6, 4), (3, 3), 8, 1, 1))
    model = one_op("CONV_2D", [i8(1, 6, 6, 4), grouped, None], [i8(1, 6, 6, 8)], "Conv2DOptions", **options)
    assert faults(model) == ["esp_nn/conv.cc"]
    assert faults(convolution(*CONVOLUTIONS["3x3, padded"])) == []
    assert faults(softmax(1, 1, 1, 10)) == ["esp_nn/softmax.cc"]
    assert faults(softmax(3, 10)) == []
