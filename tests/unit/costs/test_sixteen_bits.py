"""int16 activations on M4 with CMSIS-NN: measured paths, and terms that count every product."""

import numpy as np
import pytest

from arenafit.costs import Build, Core, estimate
from arenafit.costs.estimation import workload
from arenafit.costs.work import KernelWork
from arenafit.ir import DType, Model, TensorId
from calibration.drafts import Draft

M4, DSP = Core.M4_REFERENCE, Core.M4_CMSIS_NN


def bias(draft: Draft, kind: type[np.generic] | None, count: int) -> TensorId | None:
    return None if kind is None else draft.constant(np.zeros(count, kind))


def convolution(kind: type[np.generic] | None, depth: int = 5, outputs: int = 7) -> Model:
    draft = Draft()
    source, out = draft.tensor(DType.INT16, (1, 5, 3, depth)), draft.tensor(DType.INT16, (1, 5, 3, outputs))
    weights = draft.constant(np.zeros((outputs, 3, 3, depth), np.int8))
    draft.op("CONV_2D", [source, weights, bias(draft, kind, outputs)], [out], {"stride_h": 1, "stride_w": 1})
    return draft.model()


def work_of(model: Model, core: Core) -> KernelWork:
    (_, _, work), *_ = workload(model, core)
    assert isinstance(work, KernelWork)
    return work


@pytest.mark.parametrize("kind", [None, np.int64, np.int32])
@pytest.mark.parametrize("depth", [5, 60])  # 45 and 540 columns: those beyond 512 are multiplied in 64 bits
def test_every_product_of_a_convolution_is_counted(kind: type[np.generic] | None, depth: int) -> None:
    terms = work_of(convolution(kind, depth), DSP).terms
    products = 0
    for name, times in (("pair", 4), ("odd_channel", 2), ("left", 1)):
        found = 4 * terms[f"{name}_quad"] + terms[f"{name}_rest"] + terms.get(f"{name}_slow", 0)
        products += int(times * found)
    assert products == 15 * 7 * 9 * depth
    assert (terms["pair_slow"] > 0) is (depth == 60 and kind is not np.int32)


def test_sums_of_32_bits_cost_less() -> None:
    for core in (M4, DSP):
        for build in Build:
            narrow, wide = (estimate(convolution(kind), core, build) for kind in (np.int32, np.int64))
            assert 0.8 * wide.total_instructions < narrow.total_instructions < wide.total_instructions
            assert not narrow.derived
            assert not wide.derived


@pytest.mark.parametrize("name", ["MAX_POOL_2D", "AVERAGE_POOL_2D"])
def test_pools_copy_a_first_tap_and_join_the_others(name: str) -> None:
    draft = Draft()
    source, out = draft.tensor(DType.INT16, (1, 4, 6, 5)), draft.tensor(DType.INT16, (1, 2, 3, 5))
    options = {"stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2}
    draft.op(name, [source], [out], options)
    terms = work_of(draft.model(), DSP).terms
    assert terms["tap"] == 6 * 3
    assert 2 * terms["tap_pair"] + terms["tap_odd"] == 6 * 3 * 5


@pytest.mark.parametrize("core", [M4, DSP])
def test_dense_and_depthwise_are_measured(core: Core) -> None:
    draft = Draft()
    rows, image = draft.tensor(DType.INT16, (2, 30)), draft.tensor(DType.INT16, (1, 4, 4, 6))
    draft.op(
        "FULLY_CONNECTED", [rows, draft.constant(np.zeros((5, 30), np.int8)), None], [draft.tensor(DType.INT16, (2, 5))]
    )
    kernel = draft.constant(np.zeros((1, 3, 3, 6), np.int8))
    options = {"stride_h": 1, "stride_w": 1}
    draft.op("DEPTHWISE_CONV_2D", [image, kernel, None], [draft.tensor(DType.INT16, (1, 4, 4, 6))], options)
    cost = estimate(draft.model(), core)
    assert cost.is_complete
    assert not cost.derived
