"""Random networks fed by rows: frames in a row give what whole inputs give, in the memory predicted."""

from collections.abc import Iterator

import pytest
from hypothesis import strategies as st

from arenafit.ir import DType, Model
from arenafit.runtime import TflmPool
from support.byte_ends import with_byte_ends
from support.convnets import convnets
from support.fed import FedJudge, fed_cases
from support.random_runs import examples, judge_drawn

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

EXAMPLES = examples(150)


@pytest.fixture(scope="module")
def judge() -> Iterator[FedJudge]:
    with TflmPool(1) as tflm:
        yield FedJudge(tflm)


NETS = {
    "int8": convnets((DType.INT8,)),
    "int16": convnets((DType.INT16,)),
    "float32": convnets((DType.FLOAT32,)),
    "uint8 ends": convnets((DType.INT8,)).map(with_byte_ends),
}


@pytest.mark.parametrize("nets", NETS.values(), ids=NETS.keys())
def test_fed_networks_compute_the_same(judge: FedJudge, nets: st.SearchStrategy[Model]) -> None:
    before = judge.without_form
    tried = judge_drawn(judge, fed_cases(nets), EXAMPLES // len(NETS))
    assert judge.without_form - before <= tried // 4, "scratch buffers forbid too many"
