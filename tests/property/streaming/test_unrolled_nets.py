"""Random networks with random segments unrolled: the same outputs, bit for bit, in the memory predicted."""

from collections.abc import Iterator

import pytest

from arenafit.ir import DType
from arenafit.runtime import LiteRtPool, TflmPool
from support.convnets import convnets
from support.random_runs import examples, judge_drawn
from support.streamed import Judge
from support.unrolled import unrolled_cases

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

EXAMPLES = examples(200)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield Judge(tflm, litert)


@pytest.mark.parametrize(
    ("dtype", "share"), [(DType.INT8, 2), (DType.FLOAT32, 1), (DType.INT16, 1)], ids=["int8", "float32", "int16"]
)
def test_unrolled_networks_compute_the_same(judge: Judge, dtype: DType, share: int) -> None:
    before = judge.on_desktop
    tried = judge_drawn(judge, unrolled_cases(convnets((dtype,))), EXAMPLES * share // 4)
    assert judge.on_desktop - before >= tried // 8, "LiteRT computed hardly any"
