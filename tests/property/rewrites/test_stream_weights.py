"""Random layers of dequantised weights, channel by channel: equal bit for bit, in the memory predicted."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import strategies as st

from arenafit.ir import DType, Model, OpId
from arenafit.runtime import LiteRtPool, TflmPool
from support.convnets import Draw, convnets
from support.random_runs import examples, judge_drawn
from support.stored_weights import dense_nets, looped, looped_cases, storings, unrolled, with_stored_weights
from support.streamed import Judge, cases
from support.unrolled import unrolled_cases

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

EXAMPLES = examples(120)
CONVNETS = convnets((DType.FLOAT32,))
STORED = st.builds(with_stored_weights, CONVNETS, storings())


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield Judge(tflm, litert)


@pytest.mark.parametrize("write", [looped, unrolled])
@pytest.mark.parametrize("nets", [dense_nets(), CONVNETS], ids=["dense", "convolutions"])
def test_layers_compute_the_same_channel_by_channel(
    judge: Judge, nets: st.SearchStrategy[Model], write: Callable[[Draw, Model, OpId], Model]
) -> None:
    before = judge.on_desktop
    tried = judge_drawn(judge, looped_cases(nets, write), EXAMPLES // 6)
    assert judge.on_desktop - before >= tried // 8, "LiteRT computed hardly any"


@pytest.mark.parametrize("kind", [cases, unrolled_cases], ids=["loops", "unrolled"])
def test_rows_are_streamed_with_weights_that_are_dequantised(judge: Judge, kind: type) -> None:
    before = judge.on_desktop
    tried = judge_drawn(judge, kind(STORED), EXAMPLES // 6)
    assert judge.on_desktop - before >= tried // 8, "LiteRT computed hardly any"
