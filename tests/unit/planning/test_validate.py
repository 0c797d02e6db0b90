import pytest

from arenafit.errors import PlanError
from arenafit.planning.problem import BufferId, Plan, Problem
from arenafit.planning.validate import validate
from support.problems import problem_of, share


def plan_of(height: int, *offsets: int) -> Plan:
    return Plan({BufferId(index): offset for index, offset in enumerate(offsets)}, height)


TWO = problem_of((32, 0, 2), (32, 1, 3), align=16)


def test_accepts_disjoint_buffers() -> None:
    validate(TWO, plan_of(64, 32, 0))


def test_accepts_the_same_place_at_other_times() -> None:
    validate(problem_of((32, 0, 1), (32, 1, 2), align=16), plan_of(32, 0, 0))


def test_a_buffer_of_no_size_overlaps_nothing() -> None:
    validate(problem_of((32, 0, 1), (0, 0, 1), align=16), plan_of(32, 0, 16))


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (plan_of(32, 0, 0), "buffers 0 and 1 overlap: bytes .0, 32. and .0, 32. while both live in steps .1, 2."),
        (plan_of(72, 0, 40), "buffer 1 is at offset 40, not a multiple of 16"),
        (plan_of(32, 0, -32), "buffer 1 has the negative offset -32"),
        (plan_of(80, 0, 32), "says 80 bytes high but its buffers end at 64"),
        (plan_of(32, 0), r"lacks buffers \[1\]"),
        (plan_of(64, 0, 32, 0), r"places buffers \[2\]"),
    ],
)
def test_refuses(plan: Plan, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        validate(TWO, plan)


def test_sizes_are_rounded_up_to_the_alignment() -> None:
    with pytest.raises(PlanError, match="overlap"):
        validate(problem_of((17, 0, 2), (16, 1, 3), align=16), plan_of(32, 0, 16))


def test_a_fixed_offset_is_kept() -> None:
    with pytest.raises(PlanError, match="buffer 0 is fixed at offset 48 but the plan puts it at 0"):
        validate(problem_of((32, 0, 2), fixed={0: 48}, align=16), plan_of(32, 0))


def test_the_capacity_is_kept() -> None:
    with pytest.raises(PlanError, match="64 bytes high, above the capacity of 48"):
        validate(Problem(TWO.buffers, (), 16, capacity_bytes=48), plan_of(64, 0, 32))


def test_an_id_that_comes_twice_is_refused() -> None:
    with pytest.raises(PlanError, match="twice"):
        validate(Problem(TWO.buffers + TWO.buffers[:1], (), 16), plan_of(64, 0, 32))


@pytest.mark.parametrize(
    ("lowest", "highest", "offsets", "permitted"),
    [
        (0, 0, (0, 0), True),
        (0, 0, (0, 16), False),
        (0, 0, (0, 32), True),  # disjoint is always permitted
        (None, -16, (16, 0), True),
        (None, -16, (0, 0), False),
        (16, 16, (0, 16), True),
        (16, 16, (16, 0), False),
        (None, None, (16, 0), True),
    ],
)
def test_a_share_permits_its_distances_in_both_orders(
    lowest: int | None, highest: int | None, offsets: tuple[int, int], permitted: bool
) -> None:
    plan = plan_of(max(offsets) + 32, *offsets)
    backwards = share(1, 0, None if highest is None else -highest, None if lowest is None else -lowest)
    for one in (share(0, 1, lowest, highest), backwards):
        problem = problem_of((32, 0, 2), (32, 1, 3), shares=(one,), align=16)
        if permitted:
            validate(problem, plan)
            continue
        with pytest.raises(PlanError, match="buffers 0 and 1 overlap"):
            validate(problem, plan)
