"""BATCH_MATMUL: every product counted once, and what is transposed first."""

import numpy as np
import pytest

from arenafit.costs import Build, Core, estimate, macs
from arenafit.costs.estimation import workload
from arenafit.costs.work import KernelWork
from arenafit.ir import Constant, DType, Model, Quant
from calibration.drafts import Draft

DSP = Core.M4_CMSIS_NN
COUNT, ROWS, COLUMNS, DEPTH = 2, 3, 5, 11


def product(dtype: DType, *, adj_x: bool = False, adj_y: bool = False, zero: int = 3, constant: bool = False) -> Model:
    draft = Draft()
    quant = None if dtype is DType.FLOAT32 else Quant((0.1,), (zero,))
    first = (COUNT, DEPTH, ROWS) if adj_x else (COUNT, ROWS, DEPTH)
    second = (COUNT, COLUMNS, DEPTH) if adj_y else (COUNT, DEPTH, COLUMNS)
    data = Constant.of(np.zeros(second, dtype.numpy)) if constant else None
    inputs = [draft.tensor(dtype, first, quant=quant), draft.tensor(dtype, second, quant=quant, data=data)]
    out = draft.tensor(dtype, (COUNT, ROWS, COLUMNS), quant=quant)
    draft.op("BATCH_MATMUL", inputs, [out], {"adj_x": adj_x, "adj_y": adj_y})
    return draft.model()


def work_of(model: Model) -> KernelWork:
    (_, _, work), *_ = workload(model, DSP)
    assert isinstance(work, KernelWork)
    return work


@pytest.mark.parametrize("adj_x", [False, True])
@pytest.mark.parametrize("adj_y", [False, True])
def test_every_product_is_counted_once(*, adj_x: bool, adj_y: bool) -> None:
    model = product(DType.INT8, adj_x=adj_x, adj_y=adj_y)
    terms = work_of(model).terms
    pairs, odd = (4 * terms[f"{name}_quad"] + terms[f"{name}_rest"] for name in ("pair", "odd"))
    (op,) = model.main.ops
    assert 2 * pairs + odd == macs(op, model.main) == COUNT * ROWS * COLUMNS * DEPTH


def test_transposed_are_columns_that_are_summed_over() -> None:
    first, second = COUNT * ROWS * DEPTH, COUNT * COLUMNS * DEPTH
    for adj_x, adj_y, moved in (
        (False, True, 0),
        (False, False, second),
        (True, True, first),
        (True, False, first + second),
    ):
        assert work_of(product(DType.FLOAT32, adj_x=adj_x, adj_y=adj_y)).terms["transposed"] == moved
    assert work_of(product(DType.INT8, constant=True)).terms["transposed"] == 0


def test_a_zero_point_of_the_second_operand_takes_another_loop() -> None:
    assert work_of(product(DType.INT8)).path == "BATCH_MATMUL i8 with offset"
    assert work_of(product(DType.INT8, zero=0)).path == "BATCH_MATMUL i8"
    assert work_of(product(DType.INT16, zero=0)).path == "BATCH_MATMUL i16"


@pytest.mark.parametrize("core", Core)
def test_floats_have_a_price_everywhere_integers_on_m4(core: Core) -> None:
    for build in Build:
        assert estimate(product(DType.FLOAT32), core, build).is_complete
        assert estimate(product(DType.INT8), core, build).is_complete is not core.has_mve
