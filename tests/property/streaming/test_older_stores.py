"""Random networks streamed for a TFLM without DYNAMIC_UPDATE_SLICE, and run in such a TFLM."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import strategies as st

from arenafit.ir import DType, Model
from arenafit.runtime import LiteRtPool
from arenafit.streaming import Stores
from arenafit.targets.releases import wheel_target
from support.convnets import convnets
from support.old_wheels import old_pool
from support.random_runs import examples, judge_drawn
from support.streamed import Case, Judge, cases

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

EXAMPLES = examples(120)

NETS = {"int8": convnets((DType.INT8,)), "float32": convnets((DType.FLOAT32,))}


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with old_pool("oldest") as old, LiteRtPool(1) as litert:
        yield Judge(old, litert, target=wheel_target(old.id.version))


def by_space(case: Case | None) -> Case | None:
    """The case for TFLM alone with BATCH_TO_SPACE_ND, None if that cannot be."""
    if case is None or not case.stores_by_space():
        return None
    return replace(case, as_views=True, writing=replace(case.writing, stores=Stores.SPACE))


@pytest.mark.parametrize("nets", NETS.values(), ids=NETS.keys())
def test_networks_streamed_by_space_compute_the_same(judge: Judge, nets: st.SearchStrategy[Model]) -> None:
    before = judge.by_space
    tried = judge_drawn(judge, cases(nets).map(by_space), EXAMPLES // len(NETS))
    assert judge.by_space - before >= tried > 0
