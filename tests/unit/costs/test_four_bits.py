"""Weights of 4 bits: their own paths on M4 with CMSIS-NN, and no price elsewhere."""

import pytest

from arenafit.costs import Core, estimate
from arenafit.costs.estimation import workload
from arenafit.costs.work import KernelWork, Uncovered
from arenafit.ir import Constant, DType, Model
from calibration.drafts import Draft

DSP = Core.M4_CMSIS_NN


def operator(
    name: str, image: tuple[int, ...], weights: tuple[int, ...], out: tuple[int, ...], **options: int
) -> Model:
    draft = Draft()
    source = draft.tensor(DType.INT8, image)
    kernel = draft.tensor(DType.INT4, weights, data=Constant(bytes(4096)))
    draft.op(name, [source, kernel, None], [draft.tensor(DType.INT8, out)], {"stride_h": 1, "stride_w": 1} | options)
    return draft.model()


CASES = [
    ("CONV_2D", (1, 4, 4, 8), (6, 3, 3, 8), (1, 4, 4, 6), "CONV_2D i8 4-bit im2col"),
    ("CONV_2D", (1, 4, 4, 8), (6, 1, 1, 8), (1, 4, 4, 6), "CONV_2D i8 4-bit 1x1"),
    ("DEPTHWISE_CONV_2D", (1, 4, 4, 8), (1, 3, 3, 8), (1, 4, 4, 8), "DEPTHWISE_CONV_2D i8 4-bit even"),
    ("DEPTHWISE_CONV_2D", (1, 4, 4, 7), (1, 3, 3, 7), (1, 4, 4, 7), "DEPTHWISE_CONV_2D i8 4-bit uneven"),
    ("FULLY_CONNECTED", (3, 20), (7, 20), (3, 7), "FULLY_CONNECTED i8 4-bit"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "image", "weights", "out", "path"), CASES)
def test_paths(name: str, image: tuple[int, ...], weights: tuple[int, ...], out: tuple[int, ...], path: str) -> None:
    model = operator(name, image, weights, out)
    (_, _, work), *_ = workload(model, DSP)
    assert isinstance(work, KernelWork)
    assert work.path == path
    cost = estimate(model, DSP)
    assert cost.is_complete
    assert not cost.derived
    for core in (Core.M4_REFERENCE, Core.M55_CMSIS_NN):
        ((_, why),) = estimate(model, core).uncovered
        assert "INT4" in why


def test_every_multiplication_is_counted_once() -> None:
    model = operator("CONV_2D", (1, 5, 3, 7), (9, 3, 3, 7), (1, 5, 3, 9))
    (_, _, work), *_ = workload(model, DSP)
    assert isinstance(work, KernelWork)
    terms = work.terms
    # Four channels, or one of the rest, over two pixels; what is left is one pixel, all channels.
    for name, times in (("four", 4 * 2), ("rest", 2), ("left", 1)):
        columns = 4 * terms[f"{name}_x4"] + 2 * terms[f"{name}_x2"] + terms[f"{name}_x1"]
        assert columns == terms[f"{name}_out"] * 63
        terms = {**terms, f"{name}_macs": columns * times}
    assert sum(terms[f"{name}_macs"] for name in ("four", "rest", "left")) == 15 * 9 * 63


def test_multipliers_are_not_priced() -> None:
    model = operator("DEPTHWISE_CONV_2D", (1, 4, 4, 4), (1, 3, 3, 8), (1, 4, 4, 8))
    assert isinstance(next(iter(workload(model, DSP)))[2], Uncovered)
