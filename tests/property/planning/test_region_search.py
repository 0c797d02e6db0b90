from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from arenafit.planning.problem import Interval
from arenafit.planning.region_economy import allowed_cost
from arenafit.planning.region_search import search
from arenafit.planning.regions import Part, Piece, RegionPlan, RegionProblem, check


@st.composite
def parts(draw: st.DrawFn) -> Part:
    first = draw(st.integers(-1, 8))
    lives = [Interval(first, first + draw(st.integers(1, 4)))]
    if draw(st.booleans()):
        again = lives[0].end + draw(st.integers(1, 3))
        lives.append(Interval(again, again + 1))
    return Part(draw(st.integers(0, 40)), draw(st.integers(0, 8)) * 16, tuple(lives))


@st.composite
def problems(draw: st.DrawFn, most: int = 12) -> RegionProblem:
    memories = draw(st.integers(1, 3))
    pieces = []
    for _ in range(draw(st.integers(1, most))):
        found = draw(st.lists(parts(), min_size=1, max_size=3))
        costs = [draw(st.one_of(st.none(), st.integers(0, 1000))) for _ in range(memories)]
        if all(cost is None for cost in costs):
            costs[0] = draw(st.integers(0, 1000))
        pieces.append(Piece(tuple(found), tuple(costs)))
    rooms = tuple(draw(st.integers(0, 24)) * 16 for _ in range(memories))
    return RegionProblem(tuple(pieces), rooms)


@given(problems())
def test_no_bytes_meet_in_time_and_no_memory_is_left(problem: RegionProblem) -> None:
    found = search(problem)
    placed = [key for key, place in enumerate(found.spread.places) if place is not None]
    kept = RegionProblem(tuple(problem.pieces[key] for key in placed), problem.capacities_bytes)
    assert check(kept, RegionPlan(tuple(found.spread.places[key] for key in placed))) is None
    if len(placed) == len(problem.pieces):
        assert found.cost == found.spread.cost(problem) >= found.bound


@given(problems(most=5))
def test_no_assignment_that_the_capacities_allow_costs_less_than_the_bound(problem: RegionProblem) -> None:
    bound = search(problem).bound
    rooms = problem.capacities_bytes
    choices = [
        [memory for memory, cost in enumerate(piece.costs) if cost is not None and piece.span_bytes <= rooms[memory]]
        for piece in problem.pieces
    ]
    for chosen in product(*choices):
        if all(_held(problem, chosen, memory) <= room for memory, room in enumerate(rooms)):
            cost = sum(piece.costs[memory] or 0 for piece, memory in zip(problem.pieces, chosen, strict=True))
            assert cost >= bound


def _held(problem: RegionProblem, chosen: tuple[int, ...], memory: int) -> int:
    """The most bytes that the pieces in a memory hold at once, byte by byte."""
    most = 0
    for time in range(-1, 20):
        total = 0
        for piece, where in zip(problem.pieces, chosen, strict=True):
            if where == memory:
                alive = [p for p in piece.parts if any(live.first <= time < live.end for live in p.lives)]
                total += len({byte for p in alive for byte in range(p.offset_bytes, p.offset_bytes + p.size_bytes)})
        most = max(most, total)
    return most


@given(problems(), st.floats(0, 1))
def test_what_is_saved_in_bytes_costs_no_more_than_is_given_up(problem: RegionProblem, part: float) -> None:
    plain, thrifty = search(problem), search(problem, given_up=part)
    if None in plain.spread.places:
        assert thrifty.spread == plain.spread
        return
    assert check(problem, thrifty.spread) is None
    assert thrifty.bound == plain.bound
    assert sum(thrifty.spread.tops_bytes(problem)) <= sum(plain.spread.tops_bytes(problem))
    assert thrifty.cost <= allowed_cost(problem, plain.cost, plain.bound, part)
