"""Choosing segments: the dynamic programme against every possible choice."""

from fractions import Fraction
from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from arenafit.fit.search.shortest_path import Selection, select
from arenafit.fit.search.tilings import Tiling, enumerate_loops
from arenafit.ir import DType
from arenafit.streaming.loop.estimation import Estimate
from support.models import conv_chain

_SCHEDULE = next(enumerate_loops(conv_chain(DType.INT8))).schedule


def option(first: int, end: int, live_bytes: int, rows: int = 1) -> Tiling:
    return Tiling(first, end, Fraction(rows), 0, _SCHEDULE, Estimate(live_bytes, 0, 0, 0), live_bytes)


def head(profile: list[int], chosen: tuple[Tiling, ...]) -> int:
    streamed = {position for item in chosen for position in range(item.first, item.end)}
    alone = [live for position, live in enumerate(profile) if position not in streamed]
    return max([*alone, *(item.live_bytes for item in chosen)], default=0)


def all_choices(choices: list[tuple[Tiling, float]]) -> list[tuple[tuple[Tiling, ...], float]]:
    """Every set of options that do not overlap, with its cost."""
    found = []
    for count in range(len(choices) + 1):
        for chosen in combinations(choices, count):
            runs = sorted((item.first, item.end) for item, _ in chosen)
            if all(before[1] <= after[0] for before, after in pairwise(runs)):
                found.append((tuple(item for item, _ in chosen), sum(cost for _, cost in chosen)))
    return found


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[int], list[tuple[Tiling, float]]]:
    profile = draw(st.lists(st.integers(1, 9).map(lambda value: value * 100), min_size=1, max_size=6))
    choices = []
    for index in range(draw(st.integers(0, 7))):
        first = draw(st.integers(0, len(profile) - 1))
        end = draw(st.integers(first + 1, len(profile)))
        cost = float(draw(st.integers(1, 400)))
        choices.append((option(first, end, draw(st.integers(1, 9)) * 100, rows=index + 1), cost))
    return profile, choices


@settings(max_examples=300, deadline=None)
@given(problem=problems())
def test_for_every_height_the_cheapest_choice_is_found(problem: tuple[list[int], list[tuple[Tiling, float]]]) -> None:
    profile, choices = problem
    found = list(select(profile, choices))
    every = all_choices(choices)
    for selection in found:
        assert selection.head_bytes == head(profile, selection.options)
        assert selection.cost == min(cost for chosen, cost in every if head(profile, chosen) <= selection.head_bytes)
    best = min(head(profile, chosen) + cost for chosen, cost in every)
    assert found[0].head_bytes + found[0].cost == best
    assert [item.head_bytes + item.cost for item in found] == sorted(item.head_bytes + item.cost for item in found)
    lowest = min(head(profile, chosen) for chosen, _ in every)
    assert min(item.head_bytes for item in found) == lowest


def test_segments_are_chosen_where_they_pay() -> None:
    profile = [100, 900, 900, 200, 600, 100]
    stem, late = option(1, 3, 300), option(4, 5, 250)
    found = list(select(profile, [(stem, 50.0), (late, 100.0)]))
    assert found == [Selection((stem, late), 300, 150.0), Selection((stem,), 600, 50.0), Selection((), 900, 0.0)]


def test_a_segment_that_costs_more_than_it_saves_comes_last() -> None:
    found = list(select([500, 400], [(option(0, 1, 100), 300.0)]))
    assert [item.options for item in found] == [(), (option(0, 1, 100),)]
