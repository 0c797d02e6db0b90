"""Every model of the corpus over several memories: the plan stands a replay of what TFLM asks of its planner."""

from pathlib import Path

from arenafit.errors import ArenafitError, BudgetError
from arenafit.fit import Settings
from arenafit.fit.search.driver import Search
from arenafit.ir import Model
from arenafit.memories import SpreadOptions, faults, spread_over
from arenafit.memories.plan import MemoryPlan
from arenafit.rewrites.protocol import Validity
from arenafit.targets.memories import read_memories
from arenafit.targets.target import CORTEX_M4, CORTEX_M55, Target
from arenafit.tflite import read_model
from arenafit.tflm import Footprint, footprint
from arenafit.units import align_up
from support.corpus import corpus_model, corpus_models

SLOW = SpreadOptions(arena="slow")


def _spread(model: Model, found: Footprint) -> MemoryPlan:
    """Spread over a fast memory of a quarter of the head, a middle one of a third, and a slow one for all."""
    fast, mid = (align_up(found.head_bytes // part + 16, 16) for part in (4, 3))
    return spread_over(model, found, read_memories([f"fast={fast}", f"mid={mid}:2", "slow=1000M:9"]), SLOW)


def _check(model: Model, target: Target) -> None:
    found = footprint(model, target)
    plan = _spread(model, found)
    assert faults(plan) == ()
    assert plan.cost >= plan.bound


@corpus_models("dev", "case")
def test_a_plan_stands_the_replay(path: Path) -> None:
    try:
        model = read_model(path)
        footprint(model, CORTEX_M55)
    except ArenafitError:
        return  # what cannot be predicted is tested elsewhere
    _check(model, CORTEX_M55)


FITTED = ("dev/tflm__person_detect", "dev/mww__alexa", "dev/mlperftiny__kws_ref_model")


def test_plans_of_fitted_models_keep_what_lies_on_each_other() -> None:
    shared = 0
    for name in FITTED:
        model = read_model(corpus_model(name))
        for validity in Validity:
            search = Search(model, Settings(target=CORTEX_M4, effort="fast", validity=validity), lambda _: None)
            fitted = search.run()[0].priced.model
            _check(fitted, CORTEX_M4)
            found = footprint(fitted, CORTEX_M4)
            shared += sum(len(group.members) > 1 for group in _spread(fitted, found).groups)
    assert shared, "no fitted model has buffers that share memory: the test checks nothing"


def test_a_region_sixteen_bytes_smaller_is_refused_or_planned_otherwise() -> None:
    model = read_model(corpus_model("dev/tflm__person_detect"))
    found = footprint(model, CORTEX_M55)
    plan = spread_over(model, found, read_memories(["fast=32K", "slow=1M:9"]), SLOW)
    slow = plan.sizes_bytes[1]
    assert spread_over(model, found, read_memories(["fast=32K", f"slow={slow}:9"]), SLOW).sizes_bytes[1] <= slow
    try:
        small = spread_over(model, found, read_memories(["fast=32K", f"slow={slow - 16}:9"]), SLOW)
    except BudgetError:
        return
    assert small.sizes_bytes[1] <= slow - 16
    assert faults(small) == ()
