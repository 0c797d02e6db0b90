"""The table of what TFLM has in int8 and int16, held against the real TFLM: every entry is quantised and run."""

from collections.abc import Iterator

import pytest

from arenafit.accuracy.precision import Precision
from arenafit.ir import DType
from arenafit.ops import operators
from arenafit.quantize.build import calibrated, uniform
from arenafit.quantize.support import SupportRule, has_kernel, known_support
from arenafit.quantize.trials import TrialRunner
from arenafit.runtime import TflmPool
from support.float_cases import case_samples, float_case

pytest.importorskip("litert_quantizer", reason="needs the extra quantize")

# Covered by the streaming example: they mean nothing alone.
_NOT_ALONE = ("ASSIGN_VARIABLE", "READ_VARIABLE")
CASES = [
    pytest.param(operator, precision, id=f"{operator}-{precision.value}")
    for (custom, operator), facts in operators().items()
    for precision in (Precision.INT8, Precision.INT16)
    if not custom and facts.precisions and has_kernel(operator, precision) and operator not in _NOT_ALONE
]
LEAST_SQNR_DB = {Precision.INT8: 20.0, Precision.INT16: 35.0}


@pytest.fixture(scope="module")
def runtime() -> Iterator[TflmPool]:
    with TflmPool(1) as pool:
        yield pool


@pytest.mark.parametrize(("operator", "precision"), CASES)
def test_an_operator_of_the_table_runs_quantised(operator: str, precision: Precision, runtime: TflmPool) -> None:
    model = float_case(operator)
    samples = case_samples(model)
    bench = TrialRunner(calibrated(model, samples), runtime, samples)
    trial = bench.try_out(uniform(bench.source, precision))
    built = trial.built.model
    op = next(op for op in built.main.ops if op.name == operator)
    types = {built.tensors[tensor].dtype for tensor in (*op.operands, *op.outputs)}
    assert precision.dtype in types
    assert DType.FLOAT32 not in types
    if (
        known_support(operator).rule is not SupportRule.SHAPE_ONLY
        and model.tensors[model.main.outputs[0]].dtype is DType.FLOAT32
    ):
        assert all(score.sqnr_db > LEAST_SQNR_DB[precision] for score in trial.scores)
