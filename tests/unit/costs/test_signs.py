"""Products that are never negative: where that is known, and that they cost less."""

import numpy as np
import pytest

from arenafit.costs import Core, estimate
from arenafit.costs.estimation import workload
from arenafit.costs.work import KernelWork
from arenafit.ir import Constant, DType, Quant, TensorId
from calibration.drafts import Draft

ROWS = (1, 2, 6, 4)


def rows(draft: Draft, zero: int = 3) -> TensorId:
    return draft.tensor(DType.INT8, ROWS, quant=Quant((0.1,), (zero,)))


def pooled(draft: Draft, activation: int) -> TensorId:
    """Rows made by an operator with a fused activation."""
    made = rows(draft)
    draft.op("AVERAGE_POOL_2D", [rows(draft)], [made], {"fused_activation_function": activation})
    return made


def table_row(draft: Draft, *values: int) -> TensorId:
    """A row of a constant mask, as streams cut it out."""
    table = np.array(values, np.int8).reshape(1, -1, 1, 1)
    quant = Quant((1.0,), (0,))
    constant = draft.tensor(DType.INT8, table.shape, data=Constant.of(table), quant=quant)
    cut = draft.tensor(DType.INT8, (1, 2, 1, 1), quant=quant)
    draft.op("SLICE", [constant, draft.ints(0, 0, 0, 0), draft.ints(1, 2, 1, 1)], [cut])
    return cut


def is_signed(draft: Draft, first: TensorId, second: TensorId) -> bool:
    draft.op("MUL", [first, second], [rows(draft)])
    *_, (_, _, work) = workload(draft.model(), Core.M4_CMSIS_NN)
    assert isinstance(work, KernelWork)
    counts = [work.terms["scalar_element"], work.terms["nonnegative_scalar_element"]]
    assert sorted(counts) == [0, 48]
    return counts[0] > 0


@pytest.mark.parametrize(("activation", "signed"), [(0, True), (1, False), (2, True), (3, False)])
def test_rows_after_relu_times_a_mask(activation: int, *, signed: bool) -> None:
    draft = Draft()
    assert is_signed(draft, pooled(draft, activation), table_row(draft, 0, 1)) is signed


def test_a_mask_with_a_negative_weight_makes_signed_products() -> None:
    draft = Draft()
    assert is_signed(draft, pooled(draft, 1), table_row(draft, -1, 1))


def test_the_smallest_zero_point_leaves_nothing_below() -> None:
    draft = Draft()
    assert not is_signed(draft, rows(draft, -128), table_row(draft, 0, 1))


def test_joined_and_moved_rows_are_as_their_parts_are() -> None:
    for activations, signed in (((1, 3), False), ((1, 0), True)):
        draft = Draft()
        joined, moved = (draft.tensor(DType.INT8, (1, 4, 6, 4), quant=Quant((0.1,), (3,))) for _ in range(2))
        draft.op("CONCATENATION", [pooled(draft, activation) for activation in activations], [joined], {"axis": 1})
        draft.op("GATHER", [joined, draft.ints(1, 2, 3, 0)], [moved], {"axis": 1})
        part = rows(draft)
        draft.op("SLICE", [moved, draft.ints(0, 0, 0, 0), draft.ints(*ROWS)], [part])
        assert is_signed(draft, part, table_row(draft, 1, 1)) is signed


@pytest.mark.parametrize("core", Core)
def test_never_negative_products_cost_less_on_every_core(core: Core) -> None:
    costs = []
    for zero in (-128, 3):
        draft = Draft()
        op = draft.op("MUL", [rows(draft, zero), table_row(draft, 0, 1)], [rows(draft, zero)])
        costs.append(estimate(draft.model(), core).per_op[op])
    assert 0.85 * costs[1] < costs[0] < costs[1]
