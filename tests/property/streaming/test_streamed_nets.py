"""Random networks with random segments streamed: the same outputs, bit for bit, in the memory predicted."""

from collections.abc import Iterator

import pytest
from hypothesis import strategies as st

from arenafit.ir import DType, Model
from arenafit.runtime import LiteRtPool, TflmPool
from support.byte_ends import with_byte_ends
from support.convnets import convnets
from support.narrow import with_narrow_weights
from support.random_runs import examples, judge_drawn
from support.streamed import Judge, cases

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

EXAMPLES = examples(300)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield Judge(tflm, litert)


NETS = {
    "int8": convnets((DType.INT8,)),
    "int16": convnets((DType.INT16,)),
    "float32": convnets((DType.FLOAT32,)),
    "uint8 ends": convnets((DType.INT8,)).map(with_byte_ends),
    "int4_weights": convnets((DType.INT8,)).map(with_narrow_weights),
}


@pytest.mark.parametrize("nets", NETS.values(), ids=NETS.keys())
def test_streamed_networks_compute_the_same(judge: Judge, nets: st.SearchStrategy[Model]) -> None:
    before = judge.on_desktop
    tried = judge_drawn(judge, cases(nets), EXAMPLES // len(NETS))
    assert judge.on_desktop - before >= tried // 8, "LiteRT computed hardly any"
