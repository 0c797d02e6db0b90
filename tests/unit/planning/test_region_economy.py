import pytest

from arenafit.planning.problem import Interval
from arenafit.planning.region_economy import allowed_cost, economised, thrifty
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


def test_a_large_share_of_traffic_is_not_given_up_for_a_small_one_of_bytes() -> None:
    # Without its second piece the fast memory saves a tenth less, and 48 of 736 bytes are not taken.
    pieces = (piece(320, 0, 2, 1000, 10_000), piece(48, 0, 2, 0, 1000))
    problem = RegionProblem((*pieces, piece(320, 2, 4, None, 0), piece(48, 2, 4, None, 0)), (368, 4096))
    start = search(problem)
    assert start.spread.tops_bytes(problem) == (368, 368)
    assert economised(problem, start.spread, start.cost + 1000).tops_bytes(problem) == (320, 368)
    assert search(problem, given_up=0.5).spread == start.spread


def test_of_several_limits_the_one_that_gains_most_is_taken() -> None:
    # The second piece is given up for its bytes at a good price; the third would be at a bad one.
    small, bad = piece(640, 2, 4, 0, 100), piece(160, 0, 2, 0, 4000)
    problem = RegionProblem((piece(1600, 0, 2, 0, 10_000), small, bad, piece(1600, 4, 6, None, 0)), (2256, 4096))
    start = search(problem)
    kept = thrifty(problem, start.spread, start.bound, 0.5)
    assert kept.cost(problem) - start.cost < 4000
