"""Permitted distances, and under which conditions groups may overlap at them."""

import pytest

from arenafit.planning.coalescing import join, savings
from arenafit.planning.compound import Block, Overlap
from arenafit.planning.distances import Distances
from arenafit.planning.instance import compile_problem
from arenafit.planning.problem import Buffer, BufferId, Interval, Problem, Share, united

ONE, TWO = Block(0, 64, 0, 3), Block(16, 32, 2, 5)


@pytest.mark.parametrize(
    ("lowest", "highest", "permitted"),
    [(-4, 4, [-4, 0, 4]), (None, 0, [-8, -4, 0]), (0, None, [0, 4, 8]), (None, None, [-8, -4, 0, 4, 8]), (4, -4, [])],
)
def test_distances_include_both_ends(lowest: int | None, highest: int | None, permitted: list[int]) -> None:
    found = Distances(lowest, highest)
    assert [at for at in (-8, -4, 0, 4, 8) if found.permits(at)] == permitted
    assert [at for at in (-8, -4, 0, 4, 8) if found.turned().permits(-at)] == permitted


@pytest.mark.parametrize(
    ("permitted", "left"),
    [
        (Distances(-4, 4), [(-10, -4), (4, 10)]),
        (Distances(None, 4), [(4, 10)]),
        (Distances(-4, None), [(-10, -4)]),
        (Distances(None, None), []),
        (Distances(-10, 10), []),
        (Distances(20, 30), [(-10, 10), (20, 10)]),
        (Distances(10, 10), [(-10, 10)]),
        (Distances(-10, -10), [(-10, 10)]),
    ],
)
def test_what_stays_forbidden_is_an_open_interval_less_the_permitted(
    permitted: Distances, left: list[tuple[int, int]]
) -> None:
    found = [(low, high) for low, high in permitted.outside((-10, 10)) if low < high]
    assert found == [(low, high) for low, high in left if low < high]


@pytest.mark.parametrize(
    ("spans", "until", "covers"),
    [
        (None, None, True),
        (((0, 64), (16, 32)), None, True),
        (((0, 64), (16, 48)), None, False),
        (((0, 32), (16, 32)), None, False),
        (((16, 32), (0, 64)), None, False),
        (None, 3, True),
        (None, 2, False),
        (None, 4, True),
        (((0, 64), (16, 32)), 2, False),
    ],
)
def test_an_overlap_covers_the_blocks_it_names_until_its_step(
    spans: tuple[tuple[int, int], tuple[int, int]] | None, until: int | None, *, covers: bool
) -> None:
    assert Overlap(0, 1, None, 0, spans, until).covers(ONE, TWO) is covers


def test_an_item_that_is_fixed_at_nought_is_joined_with_its_rival() -> None:
    # Position 0 is a place like any other.
    buffers = (
        Buffer(BufferId(0), 64, Interval(0, 2), fixed_offset_bytes=0),
        Buffer(BufferId(1), 64, Interval(1, 3)),
        Buffer(BufferId(2), 64, Interval(0, 3)),
    )
    instance = compile_problem(Problem(buffers, (Share(BufferId(0), BufferId(1)),)))
    joined = join(instance, savings(instance))
    assert len(joined.sizes) == 2
    assert sorted(joined.fixed, key=lambda place: place is None) == [0, None]


def test_two_items_fixed_apart_are_not_joined() -> None:
    buffers = (
        Buffer(BufferId(0), 64, Interval(0, 2), fixed_offset_bytes=0),
        Buffer(BufferId(1), 64, Interval(1, 3), fixed_offset_bytes=64),
    )
    instance = compile_problem(Problem(buffers, (Share(BufferId(0), BufferId(1)),)))
    assert len(join(instance, savings(instance)).sizes) == 2


def test_intervals_that_touch_are_one() -> None:
    wanted = [Interval(0, 4), Interval(5, 6)]
    assert united([Interval(5, 6), Interval(2, 4), Interval(0, 2), Interval(1, 3)]) == wanted
    assert united([]) == []
