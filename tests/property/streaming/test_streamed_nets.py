"""Random networks with random segments streamed: the same outputs, bit for bit, in the memory predicted.

ARENAFIT_EXAMPLES=N sets the number of networks (the default takes about a minute); ARENAFIT_SEED=N takes others.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from arenafit.ir import DType, Model
from arenafit.runtime import LiteRtPool, TflmPool
from support.convnets import convnets
from support.narrow import with_narrow_weights
from support.streamed import Case, Judge, cases

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

EXAMPLES = int(os.environ.get("ARENAFIT_EXAMPLES", "300"))
SEED = int(os.environ.get("ARENAFIT_SEED", "0"))


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield Judge(tflm, litert)


NETS = {
    "int8": convnets((DType.INT8,)),
    "int16": convnets((DType.INT16,)),
    "float32": convnets((DType.FLOAT32,)),
    "int4_weights": convnets((DType.INT8,)).map(with_narrow_weights),
}


@pytest.mark.parametrize("nets", NETS.values(), ids=NETS.keys())
def test_streamed_networks_compute_the_same(judge: Judge, nets: st.SearchStrategy[Model]) -> None:
    tried, before = 0, judge.on_desktop

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES // len(NETS),
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(case=cases(nets))
    def check(case: Case | None) -> None:
        nonlocal tried
        assume(case is not None)
        assert case is not None
        tried += 1
        judge.check(case, min_arena=tried % 10 == 0)

    check()
    assert tried >= EXAMPLES // len(NETS) // 2
    assert judge.on_desktop - before >= tried // 8, "LiteRT computed hardly any"
