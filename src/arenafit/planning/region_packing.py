"""Pieces that are to lie in one memory together, put in several orders; the lowest of them."""

from collections.abc import Iterator, Sequence

from arenafit.planning.region_bound import occupancy
from arenafit.planning.regions import Filling, Ints, RegionPlan, RegionProblem, fill


def packings(problem: RegionProblem, memory: int, keys: Sequence[int], held: Ints) -> Iterator[Filling]:
    """Yield the memory filled with these pieces, in every order in which all of them fit.

    `held` is what `occupancy` returns for the problem.
    """
    pieces = problem.pieces
    areas = {key: int(held[key].sum()) for key in keys}
    starts = {key: min(live.first for part in pieces[key].parts for live in part.lives) for key in keys}
    orders = (
        sorted(keys, key=lambda key: (-pieces[key].span_bytes, key)),
        sorted(keys, key=lambda key: (-areas[key], key)),
        sorted(keys, key=lambda key: (-areas[key] // max(1, pieces[key].span_bytes), -pieces[key].span_bytes, key)),
        sorted(keys, key=lambda key: (starts[key], -pieces[key].span_bytes, key)),
    )
    for order in orders:
        filling = fill(problem, memory, order)
        if filling is not None:
            yield filling


def height(problem: RegionProblem, filling: Filling) -> int:
    """Return how far a memory is filled."""
    return max((shift + problem.pieces[key].span_bytes for key, shift in filling.shifts.items()), default=0)


def placed(problem: RegionProblem, memories: Sequence[int], held: Ints) -> RegionPlan | None:
    """Return every piece in the memory that is said, each memory filled as low as an order does; None if none fits."""
    places: list[tuple[int, int] | None] = [None] * len(problem.pieces)
    for memory in range(len(problem.capacities_bytes)):
        keys = [key for key, where in enumerate(memories) if where == memory]
        lowest = min(packings(problem, memory, keys, held), key=lambda one: height(problem, one), default=None)
        if lowest is None:
            return None
        for key, shift in lowest.shifts.items():
            places[key] = (memory, shift)
    return RegionPlan(tuple(places))


def lowered(problem: RegionProblem, spread: RegionPlan) -> RegionPlan:
    """Return the same pieces in the same memories, each memory filled less high where an order does that."""
    held, _ = occupancy(problem)
    places = list(spread.places)
    tops = spread.tops_bytes(problem)
    for memory, before in enumerate(tops):
        top = before
        keys = [key for key, place in enumerate(places) if place is not None and place[0] == memory]
        for filling in packings(problem, memory, keys, held):
            reached = height(problem, filling)
            if reached < top:
                top = reached
                for key, shift in filling.shifts.items():
                    places[key] = (memory, shift)
    return RegionPlan(tuple(places))
