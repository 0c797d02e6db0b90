from itertools import pairwise

import pytest
from hypothesis import given, settings

from arenafit.errors import RuntimeUnavailableError
from arenafit.planning import region_cpsat
from arenafit.planning.problem import Interval
from arenafit.planning.region_cpsat import cheapest, rectangles
from arenafit.planning.region_search import search
from arenafit.planning.regions import Part, Piece, RegionProblem, check
from property.planning.test_region_search import problems


def piece(size: int, first: int, end: int, *costs: int | None) -> Piece:
    return Piece((Part(0, size, (Interval(first, end),)),), costs)


@given(problems(most=6))
def test_rectangles_hold_what_the_parts_hold_and_do_not_overlap(problem: RegionProblem) -> None:
    for one in problem.pieces:
        held = {
            (byte, time)
            for part in one.parts
            for live in part.lives
            for byte in range(part.offset_bytes, part.offset_bytes + part.size_bytes)
            for time in range(live.first, live.end)
        }
        cells = [
            (byte, time)
            for each in rectangles(one)
            for byte in range(each.begin, each.end)
            for time in range(each.first, each.last)
        ]
        assert len(cells) == len(set(cells))
        assert set(cells) == held


@settings(max_examples=15)
@given(problems(most=5))
def test_an_exact_plan_holds_and_is_no_dearer(problem: RegionProblem) -> None:
    pytest.importorskip("ortools", reason="needs the extra exact")
    plain, exact = search(problem), search(problem, exact=True)
    if plain.spread.unplaced_bytes(problem):
        return
    assert check(problem, exact.spread) is None
    assert plain.bound <= exact.bound <= exact.cost <= plain.cost


def test_a_piece_of_no_bytes_is_given_a_place() -> None:
    problem = RegionProblem((piece(0, 0, 1, 1),), (0,))
    assert search(problem).spread.places == ((0, 0),)


def test_it_finds_what_no_order_finds() -> None:
    pytest.importorskip("ortools", reason="needs the extra exact")
    hot = [piece(96, step, step + 2, 0, 90) for step in range(4)]
    problem = RegionProblem((*hot, piece(128, 0, 5, 0, 200)), (208, 4096))
    found = search(problem, exact=True)
    assert found.gap == 0
    assert all(one.first <= other.first for one, other in pairwise(part.parts[0].lives[0] for part in hot))


def test_without_the_solver_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(region_cpsat, "available", lambda: False)
    problem = RegionProblem((piece(16, 0, 1, 0, 1),), (16, 16))
    with pytest.raises(RuntimeUnavailableError, match=r"arenafit\[exact\]"):
        cheapest(problem, search(problem).spread, 0)
