"""First fit again after a compound moved: what is re-used of the placement before must not show."""

import random

import pytest

from arenafit.planning.compound import Block, Compound, Overlap, place
from arenafit.planning.compound_search import FirstFit, Placed, Ranges
from arenafit.planning.work import Work


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - reproducible, no secret


def conflicting(seed: int, count: int) -> tuple[list[int], list[dict[int, Ranges]]]:
    chance = dice(seed)
    sizes = [chance.randrange(1, 9) for _ in range(count)]
    conflicts: list[dict[int, Ranges]] = [{} for _ in sizes]
    for later in range(count):
        for earlier in range(later):
            if chance.random() < 0.3:
                ranges: Ranges = ((-sizes[later], sizes[earlier]),)
                if chance.random() < 0.2:  # may also stand some units into the other
                    ranges = ((-sizes[later], -1), (0, sizes[earlier]))
                conflicts[later][earlier] = ranges
                conflicts[earlier][later] = tuple(sorted((-high, -low) for low, high in ranges))
    return sizes, conflicts


@pytest.mark.parametrize("seed", range(20))
def test_a_placement_after_a_move_is_that_of_its_order_from_anew(seed: int) -> None:
    fit = FirstFit(*conflicting(seed, 24))
    chance, known = dice(seed), fit.place(list(range(24)))
    for _ in range(40):
        moved = fit.promoted(known, chance, 10**9)
        assert moved is not None
        assert moved == fit.place(moved.order)
        known = moved


def test_a_placement_above_the_limit_is_none_and_one_at_the_limit_is_not() -> None:
    fit = FirstFit([4, 4], [{1: ((-4, 4),)}, {0: ((-4, 4),)}])
    known = fit.place([0, 1])
    assert known == Placed([0, 1], [0, 4], 8)
    assert fit.promoted(known, dice(1), 7) is None
    assert fit.promoted(known, dice(1), 8) is not None


def test_what_a_move_leaves_alone_costs_next_to_nothing() -> None:
    # Two crowds that never meet: moving in one of them looks at no rival in the other.
    crowd: list[dict[int, Ranges]] = [{other: ((-1, 1),) for other in range(50) if other != item} for item in range(50)]
    alone: list[dict[int, Ranges]] = [{51: ((-60, 60),)}, {50: ((-60, 60),)}]
    fit = FirstFit([1] * 50 + [60, 60], [*crowd, *alone])
    known = fit.place(list(range(52)))
    before = fit.steps
    assert fit.promoted(known, dice(2), 10**9) is not None
    assert fit.steps - before <= 52 // 8 + 2


def _bent(chance: random.Random) -> Compound:
    first, low, high = chance.randrange(30), 16 * chance.randrange(1, 40), 16 * chance.randrange(1, 40)
    return Compound((Block(0, low, first, first + 6), Block(low, low + high, first + 4, first + 9)))


def test_work_bounds_a_placement_and_is_counted() -> None:
    chance = dice(0)
    compounds = [_bent(chance) for _ in range(60)]
    free, bound = Work(), Work(3000)
    lowest, early = place(compounds, rounds=2000, work=free), place(compounds, rounds=2000, work=bound)
    assert free.spent > bound.spent >= 3000
    assert lowest.bound_bytes <= lowest.height_bytes <= early.height_bytes
    assert place(compounds, rounds=2000, work=Work(3000)) == early


def test_offsets_are_whole_units_where_a_permission_is_not() -> None:
    compounds = [Compound((Block(0, 64, 0, 2),)), Compound((Block(0, 64, 1, 3),))]
    found = place(compounds, [Overlap(0, 1, None, -24)])
    # 24 bytes behind would do; the next multiple of the alignment is 32.
    assert found.height_bytes == 96
    assert abs(found.offsets_bytes[0] - found.offsets_bytes[1]) == 32
