from dataclasses import replace

import pytest

from arenafit.planning.problem import Interval
from arenafit.planning.region_bound import lower_bound
from arenafit.planning.region_search import search
from arenafit.planning.regions import Part, Piece, RegionPlan, RegionProblem, check


def piece(size: int, first: int, end: int, *costs: int | None) -> Piece:
    return Piece((Part(0, size, (Interval(first, end),)),), costs)


def test_what_moves_most_per_byte_takes_the_cheap_memory() -> None:
    hot, cold = piece(64, 0, 4, 640, 6400), piece(64, 0, 4, 64, 640)
    problem = RegionProblem((cold, hot), (64, 128))
    found = search(problem)
    assert found.spread.places == ((1, 0), (0, 0))
    assert (found.cost, found.bound) == (1280, 1280)


def test_pieces_that_live_one_after_the_other_share_memory() -> None:
    problem = RegionProblem(tuple(piece(64, step, step + 1, 1, 9) for step in range(5)), (64, 64))
    assert set(search(problem).spread.places) == {(0, 0)}


def test_that_all_fit_comes_before_what_it_costs() -> None:
    # The small one is hot; but only without it does the large one, which fits nowhere else, find room.
    small, large = piece(16, 0, 2, 1, 1000), piece(128, 0, 2, 5, None)
    found = search(RegionProblem((small, large), (128, 16)))
    assert found.spread.places == ((1, 0), (0, 0))


def test_a_memory_that_is_forbidden_is_never_taken() -> None:
    found = search(RegionProblem((piece(16, 0, 1, None, 5), piece(16, 0, 1, 1, 5)), (64, 64)))
    assert found.spread.places == ((1, 0), (0, 0))


def test_what_finds_no_place_has_none() -> None:
    problem = RegionProblem((piece(64, 0, 2, 1), piece(64, 1, 3, 1)), (64,))
    spread = search(problem).spread
    assert spread.unplaced_bytes(problem) == 64
    assert check(problem, spread) is not None


def test_parts_of_a_piece_keep_their_distances_and_may_overlap() -> None:
    both = Piece((Part(4, 64, (Interval(0, 3),)), Part(36, 64, (Interval(1, 9),))), (1, 2))
    other = piece(112, 4, 6, 5, 50)
    problem = RegionProblem((both, other), (208, 208))
    found = search(problem)
    assert check(problem, found.spread) is None
    # The other lives with the part at 36 only, which stands behind it; the part at 4 lies where it will be.
    assert found.spread.places == ((0, 80), (0, 0))


@pytest.mark.parametrize(
    ("places", "complaint"),
    [
        (((0, 0), (0, 48)), "pieces 0 and 1 meet in memory 0"),
        (((0, 0), (0, 65)), "piece 1 is shifted by 65"),
        (((0, 0), (0, 80)), "piece 1 ends behind memory 0"),
        (((0, 0), (0, -16)), "piece 1 is shifted by -16"),
        (((0, 0), (1, 0)), "piece 1 lies in a memory it may not go to"),
        (((0, 0), None), "piece 1 has no place"),
        (((0, 0), (0, 64)), None),
    ],
)
def test_the_check_names_what_is_wrong(places: tuple[tuple[int, int] | None, ...], complaint: str | None) -> None:
    problem = RegionProblem((piece(64, 0, 2, 1, 1), piece(64, 1, 2, 1, None)), (128, 64))
    assert check(problem, RegionPlan(places)) == complaint


def test_the_bound_counts_what_cannot_be_in_the_cheap_memory_at_once() -> None:
    pieces = tuple(piece(64, 0, 1, 10, 30) for _ in range(4))
    problem = RegionProblem(pieces, (128, 1024))
    found = search(problem)
    assert found.cost == found.bound == 2 * 10 + 2 * 30
    assert lower_bound(replace(problem, capacities_bytes=(1024, 1024)), None).cost == 40


def test_a_search_finds_the_same_again() -> None:
    pieces = tuple(piece(16 * (1 + key * 7 % 11), key % 5, key % 5 + 3, 10 + key, 40 + 3 * key) for key in range(30))
    problem = RegionProblem(pieces, (256, 4096))
    assert search(problem) == search(problem)


def test_nothing_to_place_costs_nothing() -> None:
    assert search(RegionProblem((), (64,))).cost == 0


def test_pieces_that_exclude_each_other_are_told_by_the_bound() -> None:
    # The large one leaves room for neither of the others, which fit together: sizes alone let parts of all share it.
    large, left, right = piece(256, 0, 2, 0, 300), piece(96, 0, 2, 0, 140), piece(96, 0, 2, 0, 140)
    problem = RegionProblem((large, left, right), (320, 1024))
    found = search(problem)
    assert (found.cost, found.bound) == (280, 280)
