"""Which path upsampling operators take, and that their terms count what the kernels' loops do."""

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arenafit.costs import Build, Core, estimate, macs
from arenafit.costs.estimation import workload
from arenafit.costs.work import KernelWork, Uncovered
from arenafit.ir import DType, Model
from calibration.drafts import Draft

M4, DSP, MVE = Core.M4_REFERENCE, Core.M4_CMSIS_NN, Core.M55_CMSIS_NN
Pair = tuple[int, int]


def transposed(
    image: tuple[int, int, int], outputs: int, kernel: Pair, stride: Pair, size: Pair, *, dtype: DType = DType.INT8
) -> Model:
    draft = Draft()
    source = draft.tensor(dtype, (1, *image))
    weights = draft.constant(np.zeros((outputs, *kernel, image[2]), np.float32 if dtype is DType.FLOAT32 else np.int8))
    out = draft.tensor(dtype, (1, *size, outputs))
    options = {"stride_h": stride[0], "stride_w": stride[1]}
    draft.op("TRANSPOSE_CONV", [draft.ints(1, *size, outputs), weights, source], [out], options)
    return draft.model()


def work_of(model: Model, core: Core) -> KernelWork:
    (_, _, work), *_ = workload(model, core)
    assert isinstance(work, KernelWork), work
    return work


@pytest.mark.parametrize(
    ("channels", "stride", "expected"),
    [(16, (2, 2), "rows"), (17, (2, 2), "reversed"), (17, (1, 1), "reversed"), (17, (3, 2), "rows")],
)
def test_cmsis_nn_reverses_kernels_of_many_channels(channels: int, stride: Pair, expected: str) -> None:
    model = transposed((4, 5, channels), 3, (3, 3), stride, (4 * stride[0], 5 * stride[1]))
    assert work_of(model, DSP).path == f"TRANSPOSE_CONV i8 {expected}"
    assert work_of(model, M4).path == "TRANSPOSE_CONV i8"
    assert isinstance(next(iter(workload(model, MVE)))[2], Uncovered)


@given(
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_scattering_counts_what_falls_outside_on_each_side(image: Pair, kernel: Pair, stride: Pair, cut: Pair) -> None:
    full = [(image[i] - 1) * stride[i] + kernel[i] for i in (0, 1)]
    size = (max(1, full[0] - cut[0]), max(1, full[1] - cut[1]))
    terms = work_of(transposed((*image, 2), 3, kernel, stride, size, dtype=DType.FLOAT32), DSP).terms
    pads = [max(0, full[i] - size[i]) // 2 for i in (0, 1)]
    inside = beside = above = 0
    for y in range(image[0] * kernel[0]):
        for x in range(image[1] * kernel[1]):
            row = y // kernel[0] * stride[0] - pads[0] + y % kernel[0]
            column = x // kernel[1] * stride[1] - pads[1] + x % kernel[1]
            fits = 0 <= column < size[1]
            inside += fits and 0 <= row < size[0]
            above += fits and not 0 <= row < size[0]
            beside += not fits
    assert [terms[name] for name in ("mac", "beside", "above")] == [6 * inside, 6 * beside, 6 * above]


@pytest.mark.parametrize(("kernel", "lines"), [((3, 3), 8), ((4, 4), 7)])
def test_rows_that_cmsis_nn_forgets_cost_nothing(kernel: Pair, lines: int) -> None:
    # 4x4 kernels pad one row above, which is no multiple of the stride: CMSIS-NN 4ab83cc3 leaves a row unwritten.
    terms = work_of(transposed((4, 4, 8), 6, kernel, (2, 2), (8, 8)), DSP).terms
    assert terms["out_row"] == lines
    assert terms["out"] == lines * 8 * 6


def test_macs_of_a_transposed_convolution_are_those_of_the_scattering_loop() -> None:
    model = transposed((4, 5, 8), 6, (3, 2), (2, 2), (8, 10))
    (op,) = model.main.ops
    assert macs(op, model.main) == 4 * 5 * 8 * 6 * 3 * 2


@pytest.mark.parametrize("dtype", [DType.INT8, DType.FLOAT32])
@pytest.mark.parametrize("kind", ["RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "DEPTH_TO_SPACE", "SPACE_TO_DEPTH"])
def test_resampling_has_a_price_on_every_core(kind: str, dtype: DType) -> None:
    draft = Draft()
    shapes = [(1, 4, 6, 16), (1, 8, 12, 4)]
    first, last = shapes if kind != "SPACE_TO_DEPTH" else shapes[::-1]
    if kind.startswith("RESIZE"):
        last = (1, 8, 12, 16)
    inputs = [draft.tensor(dtype, first), *([draft.ints(8, 12)] if kind.startswith("RESIZE") else [])]
    draft.op(kind, inputs, [draft.tensor(dtype, last)], {"block_size": 2})
    for core in Core:
        for build in Build:
            cost = estimate(draft.model(), core, build)
            assert cost.is_complete
            assert cost.total_instructions > (prod(last) // 8)


@pytest.mark.parametrize(
    ("corners", "centers", "whole", "fraction"),
    # Twice as large: positions 0, 0.5, 1, 1.5, ...; 0.25, 0.75, 1.25, ...; 0, 3/7, 6/7, ...
    [(False, False, 3, 3), (False, True, 0, 6), (True, False, 1, 4)],
)
def test_positions_are_told_apart_as_floor_does(corners: bool, centers: bool, whole: int, fraction: int) -> None:
    draft = Draft()
    inputs = [draft.tensor(DType.FLOAT32, (1, 1, 4, 3)), draft.ints(1, 8)]
    options = {"align_corners": corners, "half_pixel_centers": centers}
    draft.op("RESIZE_BILINEAR", inputs, [draft.tensor(DType.FLOAT32, (1, 1, 8, 3))], options)
    terms = work_of(draft.model(), DSP).terms
    names = ("aligned_whole", "aligned_fraction") if corners else ("whole", "fraction")
    assert [terms[name] for name in names] == [whole, fraction]
