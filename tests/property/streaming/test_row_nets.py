"""Random networks over rows: lifted to (1, N, 1, K), then streamed, they compute the same in the memory predicted."""

from collections.abc import Iterator

import pytest
from hypothesis import given

from arenafit.ir import DType, Model
from arenafit.rewrites.rows_to_nhwc import REWRITE
from arenafit.runtime import LiteRtPool, TflmPool
from support.random_runs import drawn, examples, judge_drawn
from support.rownets import all_lifted, rownets
from support.streamed import Case, Judge, cases
from support.verdict import Judges

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

EXAMPLES = examples(300)
DTYPES = pytest.mark.parametrize("dtype", [DType.INT8, DType.FLOAT32], ids=["int8", "float32"])


@pytest.fixture(scope="module")
def pools() -> Iterator[tuple[TflmPool, LiteRtPool]]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield tflm, litert


@DTYPES
def test_lifted_networks_compute_the_same(pools: tuple[TflmPool, LiteRtPool], dtype: DType) -> None:
    court, lifted = Judges(*pools), 0

    @drawn(EXAMPLES // 4)
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
    judge, over_rows = Judge(*pools), 0

    def seen(case: Case) -> None:
        nonlocal over_rows
        streamed = {op for way in case.ways for op in way.ops}
        over_rows += any(op.name == "FULLY_CONNECTED" for op in case.model.main.ops if op.id in streamed)

    tried = judge_drawn(judge, cases(rownets(dtype).map(all_lifted)), EXAMPLES // 4, seen)
    assert over_rows >= tried // 8, "hardly any dense layer was streamed"
    # A mean between the maker of a source and the loop that reads it has scratch buffers.
    assert judge.without_form <= tried // 4, "views keep too much from scratch buffers"
    assert judge.on_desktop >= tried // 8, "LiteRT computed hardly any"
