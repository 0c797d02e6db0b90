"""Random networks streamed for a TFLM without DYNAMIC_UPDATE_SLICE, and run in such a TFLM."""

from collections.abc import Callable, Iterator
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


def otherwise(stores: Stores) -> Callable[[Case | None], Case | None]:
    """Return what makes of a case one that stores so, None if that cannot be."""

    def written(case: Case | None) -> Case | None:
        if case is None or not case.stores_otherwise():
            return None
        return replace(case, as_views=stores is Stores.SPACE).without_update()

    return written


@pytest.mark.parametrize("stores", [Stores.SPACE, Stores.GATHER])
@pytest.mark.parametrize("nets", NETS.values(), ids=NETS.keys())
def test_networks_streamed_without_update_compute_the_same(
    judge: Judge, nets: st.SearchStrategy[Model], stores: Stores
) -> None:
    before, on_desktop = judge.stored[stores], judge.on_desktop
    tried = judge_drawn(judge, cases(nets).map(otherwise(stores)), EXAMPLES // (2 * len(NETS)))
    assert judge.stored[stores] - before >= tried > 0
    assert stores is Stores.SPACE or judge.on_desktop - on_desktop >= tried // 8, "LiteRT computed hardly any"
