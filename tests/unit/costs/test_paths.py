"""Which path of its kernel an operator takes on each core."""

from collections.abc import Mapping

import numpy as np
import pytest

from arenafit.costs import Build, Core, estimate
from arenafit.costs.estimation import workload
from arenafit.costs.memcpy import memcpy
from arenafit.costs.work import KernelWork, Uncovered
from arenafit.ir import DType, Model
from calibration.drafts import Draft

M4, DSP, MVE = Core.M4_REFERENCE, Core.M4_CMSIS_NN, Core.M55_CMSIS_NN


def path_of(model: Model, core: Core) -> str:
    (_, _, work), *_ = workload(model, core)
    assert isinstance(work, KernelWork), work
    return work.path


def convolution(
    image: tuple[int, ...],
    weights: tuple[int, ...],
    out: tuple[int, ...],
    options: dict[str, int],
    name: str = "CONV_2D",
) -> Model:
    draft = Draft()
    source = draft.tensor(DType.INT8, image)
    kernel = draft.constant(np.zeros(weights, np.int8))
    draft.op(name, [source, kernel, None], [draft.tensor(DType.INT8, out)], {"stride_h": 1, "stride_w": 1} | options)
    return draft.model()


@pytest.mark.parametrize(
    ("image", "weights", "out", "options", "expected"),
    [
        ((1, 8, 8, 4), (8, 3, 3, 4), (1, 8, 8, 8), {}, {M4: "", DSP: " im2col", MVE: " im2col"}),
        ((1, 8, 8, 4), (8, 1, 1, 4), (1, 8, 8, 8), {}, {M4: "", DSP: " 1x1", MVE: " 1x1"}),
        ((1, 8, 8, 4), (8, 1, 1, 4), (1, 4, 4, 8), {"stride_h": 2, "stride_w": 2}, {DSP: " 1x1", MVE: " 1x1"}),
        # A 1x1 kernel that writes more than the image is padded, which leaves the 1x1 path.
        ((1, 8, 8, 4), (8, 1, 1, 4), (1, 10, 10, 8), {}, {DSP: " im2col", MVE: " im2col"}),
        ((1, 1, 48, 4), (8, 1, 3, 4), (1, 1, 48, 8), {}, {M4: "", DSP: " im2col", MVE: " 1xN"}),
        # stride x channels must be a multiple of 4.
        ((1, 1, 48, 3), (8, 1, 3, 3), (1, 1, 48, 8), {}, {MVE: " im2col"}),
        ((1, 1, 48, 3), (8, 1, 3, 3), (1, 1, 12, 8), {"stride_w": 4}, {MVE: " 1xN"}),
        ((1, 1, 48, 4), (8, 1, 3, 4), (1, 1, 48, 8), {"dilation_w_factor": 2}, {MVE: " im2col"}),
        ((1, 8, 8, 8), (8, 3, 3, 4), (1, 8, 8, 8), {}, {M4: "", DSP: " im2col grouped", MVE: " im2col grouped"}),
    ],
)
def test_convolution(
    image: tuple[int, ...],
    weights: tuple[int, ...],
    out: tuple[int, ...],
    options: dict[str, int],
    expected: dict[Core, str],
) -> None:
    model = convolution(image, weights, out, options)
    assert {core: path_of(model, core) for core in expected} == {
        core: f"CONV_2D i8{path}" for core, path in expected.items()
    }


@pytest.mark.parametrize(
    ("channels", "kernel", "outputs", "options", "expected"),
    [
        (8, (3, 3), 8, {}, ("3x3", "generic")),
        (8, (5, 5), 8, {}, ("generic", "generic")),
        (8, (3, 3), 32, {}, ("multiplier of 4", "multiplier of 4")),
        (8, (3, 3), 16, {}, ("plain", "plain")),
        (8, (3, 3), 8, {"dilation_h_factor": 2, "dilation_w_factor": 2}, ("plain", "plain")),
        (1, (3, 3), 8, {}, ("multiplier of 4", "as convolution")),
        (1, (3, 3), 1, {}, ("3x3", "generic")),
    ],
)
def test_depthwise(
    channels: int, kernel: tuple[int, int], outputs: int, options: dict[str, int], expected: tuple[str, str]
) -> None:
    weights, out = (1, *kernel, outputs), (1, 8, 8, outputs)
    model = convolution((1, 8, 8, channels), weights, out, options, "DEPTHWISE_CONV_2D")
    assert path_of(model, M4) == "DEPTHWISE_CONV_2D i8"
    assert path_of(model, DSP) == f"DEPTHWISE_CONV_2D i8 {expected[0]}"
    assert path_of(model, MVE) == f"DEPTHWISE_CONV_2D i8 {expected[1]}"


def test_wide_padding_leaves_the_3x3_path() -> None:
    # Padding of 2 before the image: the output is larger than SAME makes it.
    model = convolution((1, 8, 8, 8), (1, 3, 3, 8), (1, 12, 12, 8), {}, "DEPTHWISE_CONV_2D")
    assert path_of(model, DSP) == "DEPTHWISE_CONV_2D i8 generic"


def binary(name: str, first: tuple[int, ...], second: tuple[int, ...], dtype: DType = DType.INT8) -> Model:
    draft = Draft()
    out = np.broadcast_shapes(first, second)
    draft.op(name, [draft.tensor(dtype, first), draft.tensor(dtype, second)], [draft.tensor(dtype, out)])
    return draft.model()


@pytest.mark.parametrize(
    ("name", "second", "dtype", "broadcasts"),
    [
        ("ADD", (1, 4, 4, 8), DType.INT8, False),
        ("ADD", (4, 4, 8), DType.INT8, False),  # int8 compares shapes without leading ones
        ("ADD", (4, 4, 8), DType.INT32, True),  # int32 compares them with their ranks
        ("MUL", (4, 4, 8), DType.FLOAT32, False),
        ("MUL", (8,), DType.INT8, True),
        ("LESS", (4, 4, 8), DType.INT32, True),
    ],
)
def test_broadcasting(name: str, second: tuple[int, ...], dtype: DType, *, broadcasts: bool) -> None:
    assert path_of(binary(name, (1, 4, 4, 8), second, dtype), DSP).endswith("broadcast") is broadcasts


def test_in_place_operators_skip_their_copies() -> None:
    draft = Draft()
    source, out = draft.tensor(DType.INT8, (1024,)), draft.tensor(DType.INT8, (1, 1024))
    draft.op("RESHAPE", [source], [out])
    model = draft.model()
    copied = estimate(model, DSP)
    in_place = estimate(model, DSP, addresses={source: 64, out: 64})
    apart = estimate(model, DSP, addresses={source: 64, out: 2048})
    assert copied.total_instructions == apart.total_instructions
    assert copied.total_instructions - in_place.total_instructions > 500  # memcpy of 1 KB: 558


def test_update_in_place_copies_the_update_only() -> None:
    draft = Draft()
    source, update = draft.tensor(DType.INT8, (8192,)), draft.tensor(DType.INT8, (64,))
    out = draft.tensor(DType.INT8, (8192,))
    draft.op("DYNAMIC_UPDATE_SLICE", [source, update, draft.ints(3)], [out])
    model = draft.model()
    difference = (
        estimate(model, DSP).total_instructions - estimate(model, DSP, addresses={source: 0, out: 0}).total_instructions
    )
    assert difference == pytest.approx(14 + 34 * 128, rel=0.02)


@pytest.mark.parametrize("core", Core)
@pytest.mark.parametrize("build", Build)
def test_unknown_operators_are_listed(core: Core, build: Build) -> None:
    draft = Draft()
    source, out = draft.tensor(DType.FLOAT32, (4,)), draft.tensor(DType.FLOAT32, (4,))
    op = draft.op("CUMSUM", [source], [out])
    cost = estimate(draft.model(), core, build)
    assert [(found.id, why) for found, why in cost.uncovered] == [(op, "CUMSUM was not measured")]
    assert not cost.is_complete
    assert op not in cost.per_op


def test_unmeasured_types_are_listed() -> None:
    model = binary("ADD", (4,), (4,), DType.UINT8)
    (_, _, work), *_ = workload(model, DSP)
    assert work == Uncovered("ADD was not measured for UINT8, UINT8")


@pytest.mark.parametrize("core", [Core.M4_REFERENCE, Core.M55_CMSIS_NN])
def test_int16_is_priced_by_surrogates_that_say_so(core: Core) -> None:
    cost = estimate(binary("ADD", (4,), (4,), DType.INT16), core)
    ((_, basis),) = cost.derived
    assert "ADD i8 scaled by" in basis


def test_bounds_of_16_bits_are_priced_as_measured() -> None:
    assert path_of(binary("MINIMUM", (1, 2, 3, 4), (1, 2, 1, 1), DType.INT16), DSP) == "MAXIMUM i16 broadcast"
    assert path_of(binary("MAXIMUM", (4,), (4,), DType.INT16), DSP) == "MAXIMUM i16"


def test_broadcasting_copies_a_run_for_each_axis_from_the_inside() -> None:
    draft = Draft()
    source, shape = draft.tensor(DType.INT16, (1, 1, 1)), draft.ints(5, 4, 3)
    draft.op("BROADCAST_TO", [source, shape], [draft.tensor(DType.INT16, (5, 4, 3))])
    (_, _, work), *_ = workload(draft.model(), M4)
    assert isinstance(work, KernelWork)
    # Three elements one by one; then three rows of three; then four planes of twelve.
    assert work.terms["run"] == 3 + 3 + 4
    assert work.terms["memcpy"] == 3 * memcpy(2, M4) + 3 * memcpy(6, M4) + 4 * memcpy(24, M4)


def test_int16_was_measured_on_m4_with_cmsis_nn() -> None:
    cost = estimate(binary("ADD", (4,), (4,), DType.INT16), Core.M4_CMSIS_NN)
    assert cost.is_complete
    assert not cost.derived


def test_choices_between_tensors_single_values_and_rows() -> None:
    for shape, kind in (((4, 6), "f32"), ((1,), "broadcast"), ((), "broadcast"), ((6,), "nested")):
        draft = Draft()
        condition, out = draft.tensor(DType.BOOL, (4, 6)), draft.tensor(DType.FLOAT32, (4, 6))
        draft.op("SELECT_V2", [condition, *(draft.tensor(DType.FLOAT32, shape) for _ in range(2))], [out])
        assert path_of(draft.model(), DSP) == f"SELECT_V2 {kind}"


def test_a_choice_by_the_row_copies_rows() -> None:
    """A condition that stands still in the innermost loop chooses a row at a time: no element is looked at alone."""
    rows = work_of_choice((1, 3, 1, 1))
    assert (rows["pass"], rows["element"]) == (3, 0)
    assert rows["copied"] > 0
    elements = work_of_choice((1, 1, 8, 5))  # two loops: the same condition for each row
    assert (elements["pass"], elements["element"], elements["copied"]) == (3, 120, 0)


def work_of_choice(condition: tuple[int, ...]) -> Mapping[str, float]:
    draft = Draft()
    operands = [draft.tensor(DType.BOOL, condition), draft.tensor(DType.FLOAT32, (1, 3, 8, 5))]
    operands.append(draft.tensor(DType.FLOAT32, (1, 1, 1, 1)))
    draft.op("SELECT_V2", operands, [draft.tensor(DType.FLOAT32, (1, 3, 8, 5))])
    ((_, _, work),) = workload(draft.model(), DSP, None)
    assert isinstance(work, KernelWork)
    assert work.path == "SELECT_V2 nested"
    return work.terms
