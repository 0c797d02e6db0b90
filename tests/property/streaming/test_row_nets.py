"""Random networks over rows: lifted to (1, N, 1, K), then streamed, they compute the same in the memory predicted.

ARENAFIT_EXAMPLES=N sets the number of networks (the default takes about a minute); ARENAFIT_SEED=N takes others.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings

from arenafit.ir import DType, Model
from arenafit.rewrites.lift_rows import REWRITE
from arenafit.runtime import LiteRtPool, TflmPool
from support.rownets import all_lifted, rownets
from support.streamed import Case, Judge, cases
from support.verdict import Judges

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

EXAMPLES = int(os.environ.get("ARENAFIT_EXAMPLES", "300"))
SEED = int(os.environ.get("ARENAFIT_SEED", "0"))
DTYPES = pytest.mark.parametrize("dtype", [DType.INT8, DType.FLOAT32], ids=["int8", "float32"])


def often(share: int) -> settings:
    return settings(
        max_examples=EXAMPLES // share,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )


@pytest.fixture(scope="module")
def pools() -> Iterator[tuple[TflmPool, LiteRtPool]]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield tflm, litert


@DTYPES
def test_lifted_networks_compute_the_same(pools: tuple[TflmPool, LiteRtPool], dtype: DType) -> None:
    court, lifted = Judges(*pools), 0

    @seed(SEED)
    @often(4)
    @given(model=rownets(dtype))
    def check(model: Model) -> None:
        nonlocal lifted
        moves = list(REWRITE.propose(model))
        lifted += bool(moves)
        assert court.runs(model)
        complaints = court.complaints(model, [REWRITE.apply(model, move) for move in moves])
        assert complaints == [None] * len(moves), moves

    check()
    assert lifted >= EXAMPLES // 8


@DTYPES
def test_streamed_networks_over_rows_compute_the_same(pools: tuple[TflmPool, LiteRtPool], dtype: DType) -> None:
    judge, tried, over_rows = Judge(*pools), 0, 0

    @seed(SEED)
    @often(4)
    @given(case=cases(rownets(dtype).map(all_lifted)))
    def check(case: Case | None) -> None:
        nonlocal tried, over_rows
        assume(case is not None)
        assert case is not None
        tried += 1
        streamed = {op for way in case.ways for op in way.ops}
        over_rows += any(op.name == "FULLY_CONNECTED" for op in case.model.main.ops if op.id in streamed)
        judge.check(case, min_arena=tried % 10 == 0)

    check()
    assert tried >= EXAMPLES // 8
    assert over_rows >= tried // 8, "hardly any dense layer was streamed"
    # A mean between the maker of a source and the loop that reads it has scratch buffers.
    assert judge.without_form <= tried // 4, "views keep too much from scratch buffers"
    assert judge.on_desktop >= tried // 8, "LiteRT computed hardly any"
