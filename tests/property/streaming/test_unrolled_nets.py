"""Random networks with random segments unrolled: the same outputs, bit for bit, in the memory predicted.

ARENAFIT_EXAMPLES=N sets the number of networks (the default takes about a minute); ARENAFIT_SEED=N takes others.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings

from arenafit.ir import DType
from arenafit.runtime import LiteRtPool, TflmPool
from support.convnets import convnets
from support.streamed import Judge
from support.unrolled import UnrolledCase, unrolled_cases

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

EXAMPLES = int(os.environ.get("ARENAFIT_EXAMPLES", "200"))
SEED = int(os.environ.get("ARENAFIT_SEED", "0"))


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield Judge(tflm, litert)


@pytest.mark.parametrize(
    ("dtype", "share"), [(DType.INT8, 2), (DType.FLOAT32, 1), (DType.INT16, 1)], ids=["int8", "float32", "int16"]
)
def test_unrolled_networks_compute_the_same(judge: Judge, dtype: DType, share: int) -> None:
    tried, before = 0, judge.on_desktop

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES * share // 4,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(case=unrolled_cases(convnets((dtype,))))
    def check(case: UnrolledCase | None) -> None:
        nonlocal tried
        assume(case is not None)
        assert case is not None
        tried += 1
        judge.check(case, min_arena=tried % 10 == 0)

    check()
    assert tried >= EXAMPLES * share // 8
    assert judge.on_desktop - before >= tried // 8, "LiteRT computed hardly any"
