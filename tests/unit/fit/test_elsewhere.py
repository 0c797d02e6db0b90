"""Of plans that the target cannot tell apart, the one that other kernels can live with."""

from dataclasses import replace
from typing import Any

import pytest

from arenafit.fit import Loops, Settings
from arenafit.fit.search import driver, elsewhere
from arenafit.fit.search.candidates import Base, Candidate, Recipe, build, stream
from arenafit.fit.search.elsewhere import lower_elsewhere
from arenafit.fit.search.enumeration import enumerate_tilings
from arenafit.fit.search.evaluation import Priced
from arenafit.ir import DType, Editor
from arenafit.targets.target import WHEEL
from arenafit.tflm.footprints import footprint
from support.models import conv_chain

SETTINGS = Settings(loops=Loops.ROLLED, effort="fast")


def looped() -> Candidate:
    model = conv_chain(DType.INT8, layers=2, size=24)
    option = next(option for option in enumerate_tilings(model, SETTINGS) if option.end - option.first == 2)
    recipe = Recipe(Base((), model, (option,)), (option,))
    return build(stream(recipe, SETTINGS), SETTINGS, recipe)


def lifted(candidate: Candidate, by_bytes: int) -> Candidate:
    """The candidate with its whole plan higher up."""
    editor = Editor(candidate.priced.model)
    plan = candidate.priced.model.offline_plan
    assert plan is not None
    editor.set_offline_plan({tensor: offset + by_bytes for tensor, offset in plan.items()})
    model = editor.build()
    return replace(candidate, priced=Priced(model, footprint(model, SETTINGS.target)))


def test_a_plan_with_room_to_spare_is_lowered() -> None:
    best = looped()
    high = lifted(best, 512)
    made = lower_elsewhere(high, SETTINGS)
    assert made is not None
    assert made.arena_bytes <= high.arena_bytes
    there = replace(SETTINGS.target, kernels=WHEEL.kernels)
    heights = [footprint(item.priced.model, there).min_arena_bytes for item in (made, high)]
    assert heights[0] < heights[1]
    assert lower_elsewhere(made, SETTINGS) is None  # nothing is left to gain


@pytest.mark.parametrize(
    ("candidate", "settings"),
    [
        (replace(looped(), recipe=None), SETTINGS),
        (lifted(looped(), 512), replace(SETTINGS, target=WHEEL)),
        (lifted(looped(), 512), replace(SETTINGS, only_these_kernels=True)),
        (replace(lifted(looped(), 512), instructions=1), SETTINGS),
    ],
    ids=["no loop", "the reference kernels are the target's", "the target's kernels alone", "more instructions"],
)
def test_nothing_is_given_for_it(candidate: Candidate, settings: Settings) -> None:
    assert lower_elsewhere(candidate, settings) is None


def test_where_time_counts_not_an_instruction_is_given() -> None:
    high = lifted(looped(), 512)
    made = lower_elsewhere(high, SETTINGS)
    assert made is not None
    faster = replace(high, instructions=made.instructions - 1)
    assert lower_elsewhere(faster, SETTINGS) is not None
    assert lower_elsewhere(faster, replace(SETTINGS, max_slowdown=1.0)) is None


def test_the_search_takes_it_for_the_one_it_equals(monkeypatch: pytest.MonkeyPatch) -> None:
    best = looped()
    made = replace(best, instructions=best.instructions + 1)
    model = conv_chain(DType.INT8, layers=2, size=24)
    stock = Candidate(Priced(model, footprint(model, SETTINGS.target)), 1, ())
    search = driver.Search(model, SETTINGS, lambda _: None, found=[stock, best])
    monkeypatch.setattr(driver, "lower_elsewhere", lambda candidate, _: made if candidate is best else None)
    search._settle()
    assert search.found == [stock, made]
    assert search.ranked()[0] is made


def test_scratch_buffers_may_stand_higher_by_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    high = lifted(looped(), 512)
    tried: list[int] = []

    def building(*given: Any) -> Candidate:
        tried.append(given[3].less_room_bytes)
        made = build(*given)
        # Without any room for them it is no longer as good for the target.
        return made if tried[-1] else replace(made, instructions=high.instructions * 2)

    monkeypatch.setattr(elsewhere, "build", building)
    made = lower_elsewhere(high, SETTINGS)
    assert made is not None
    assert made.instructions < high.instructions * 2
    assert tried[0] == 0
    assert tried[1:] == sorted(set(tried[1:]))
    there = replace(SETTINGS.target, kernels=WHEEL.kernels)
    assert 0 < tried[1] < tried[-1] < footprint(high.priced.model, there).min_arena_bytes
