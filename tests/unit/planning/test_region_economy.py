import pytest

from arenafit.planning.problem import Interval
from arenafit.planning.region_economy import allowed_cost, economised
from arenafit.planning.region_search import search
from arenafit.planning.regions import Part, Piece, RegionProblem, check


def piece(size: int, first: int, end: int, *costs: int | None) -> Piece:
    return Piece((Part(0, size, (Interval(first, end),)),), costs)


# The fast memory has room for the middle piece, which saves little there; the slow one is full at the ends anyway.
HILLS = RegionProblem(
    (
        piece(160, 0, 2, 1000, 9000),
        piece(320, 0, 2, None, 500),
        piece(320, 2, 4, 100, 120),
        piece(480, 4, 6, None, 500),
    ),
    (320, 4096),
)


def test_bytes_are_saved_where_they_cost_little() -> None:
    cheapest, thrifty = search(HILLS), search(HILLS, given_up=0.02)
    assert cheapest.spread.tops_bytes(HILLS) == (320, 480)
    assert cheapest.cost == cheapest.bound
    assert thrifty.spread.tops_bytes(HILLS) == (160, 480)
    assert thrifty.cost == cheapest.cost + 20
    assert check(HILLS, thrifty.spread) is None


def test_no_more_is_given_up_than_is_said() -> None:
    assert search(HILLS, given_up=0.002).cost == search(HILLS).cost


def test_an_exchange_is_found_where_no_piece_can_go_alone() -> None:
    # The slow memory has no room for both of the first two at once.
    problem = RegionProblem(
        (piece(320, 0, 2, 10, 12), piece(160, 0, 2, 10, 11), piece(320, 2, 4, None, 5)),
        (336, 320),
    )
    start = search(problem)
    saved = economised(problem, start.spread, start.cost + 4)
    assert start.spread.tops_bytes(problem) == (320, 320)
    assert saved.tops_bytes(problem) == (160, 320)
    assert check(problem, saved) is None
    assert saved.cost(problem) <= start.cost + 4


def test_a_spread_with_pieces_left_over_stays() -> None:
    problem = RegionProblem((piece(320, 0, 2, 1, 2), piece(320, 0, 2, 1, 2)), (160, 320))
    start = search(problem)
    assert start.spread.unplaced_bytes(problem)
    assert economised(problem, start.spread, 1 << 30) == start.spread


@pytest.mark.parametrize(
    ("cost", "bound", "part", "allowed"), [(100, 100, 0.0, 100), (100, 80, 0.05, 100), (90, 80, 0.5, 270)]
)
def test_what_is_given_up_counts_from_the_bound(cost: int, bound: int, part: float, allowed: int) -> None:
    problem = RegionProblem((piece(16, 0, 1, 20, 400), piece(16, 0, 1, None, 60)), (16, 64))
    assert allowed_cost(problem, cost, bound, part) == allowed
