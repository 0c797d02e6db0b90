"""Hand-worked cases of greedy_memory_planner.cc and linear_memory_planner.cc."""

import pytest

from arenafit.planning.planners import tflm_greedy, tflm_linear
from arenafit.planning.problem import Plan, Problem, TimedOut
from support.problems import Row, problem_of


def greedy(*rows: Row, fixed: dict[int, int] | None = None, align: int = 1) -> tuple[list[int], int]:
    outcome = tflm_greedy.PLANNER.plan(problem_of(*rows, fixed=fixed, align=align))
    assert isinstance(outcome, Plan)
    return list(outcome.offsets_bytes.values()), outcome.height_bytes


@pytest.mark.parametrize(
    ("rows", "offsets", "height"),
    [
        ([], [], 0),
        ([(10, 0, 2)], [0], 10),
        ([(10, 0, 11), (20, 0, 11), (30, 0, 11)], [50, 30, 0], 60),  # largest first
        ([(10, 0, 2), (10, 0, 2), (10, 0, 2)], [20, 10, 0], 30),  # of equal ones the last added comes first
        ([(10, 0, 2), (20, 1, 3), (10, 2, 4)], [20, 0, 20], 30),
        # 2 at 0, 1 above it at 40; 0 overlaps only 1 in time, so the gap below 1 takes it
        ([(30, 0, 2), (35, 1, 4), (40, 3, 5)], [0, 40, 0], 75),
        # first gap that is big enough, not the best one
        ([(50, 0, 9), (40, 0, 1), (40, 2, 3), (5, 2, 9), (8, 2, 9), (30, 0, 2)], [0, 50, 50, 98, 90, 90], 120),
    ],
)
def test_greedy_offsets(rows: list[Row], offsets: list[int], height: int) -> None:
    assert greedy(*rows) == (offsets, height)


def test_offline_planned_buffers_come_first_in_the_order_they_were_added() -> None:
    # 0 and 2 are planned offline; 1 does not fit the gap of 10 between them, 3 does.
    offsets, height = greedy((10, 0, 5), (20, 0, 5), (10, 0, 5), (10, 0, 5), fixed={0: 0, 2: 20})
    assert (offsets, height) == ([0, 30, 20, 10], 50)


def test_an_offline_buffer_below_the_first_placed_becomes_the_head_of_the_list() -> None:
    offsets, height = greedy((10, 0, 5), (10, 0, 5), (5, 0, 5), fixed={0: 40, 1: 10})
    assert (offsets, height) == ([40, 10, 0], 50)


def test_offline_buffers_that_overlap_are_left_as_they_are() -> None:
    # TFLM checks no offline plan: 2 goes above the higher of the two ends.
    offsets, height = greedy((30, 0, 5), (10, 0, 5), (8, 0, 5), fixed={0: 0, 1: 0})
    assert (offsets, height) == ([0, 0, 30], 38)


def test_sizes_are_rounded_up_before_they_are_compared() -> None:
    # 17 and 30 are both 32 bytes to TFLM: the tie goes to the last added.
    assert greedy((30, 0, 2), (17, 0, 2), align=16) == ([32, 0], 64)


def test_lifetimes_that_only_touch_share_their_place() -> None:
    # Half-open [0, 2) is TFLM's first 0, last 1.
    assert greedy((10, 0, 2), (10, 2, 3)) == ([0, 0], 10)


def test_above_the_capacity_the_plan_is_handed_over_as_the_best_found() -> None:
    problem = Problem(problem_of((10, 0, 2), (10, 1, 3)).buffers, (), 1, capacity_bytes=19)
    for planner in (tflm_greedy.PLANNER, tflm_linear.PLANNER):
        outcome = planner.plan(problem)
        assert isinstance(outcome, TimedOut)
        assert outcome.best is not None
        assert outcome.best.height_bytes == 20


def test_linear_reuses_nothing() -> None:
    outcome = tflm_linear.PLANNER.plan(problem_of((17, 0, 1), (16, 1, 2), (1, 2, 3), align=16))
    assert isinstance(outcome, Plan)
    assert (list(outcome.offsets_bytes.values()), outcome.height_bytes) == ([0, 32, 48], 64)


def test_linear_starts_above_fixed_buffers() -> None:
    outcome = tflm_linear.PLANNER.plan(problem_of((16, 0, 1), (16, 1, 2), fixed={1: 8}, align=16))
    assert isinstance(outcome, Plan)
    assert (list(outcome.offsets_bytes.values()), outcome.height_bytes) == ([32, 8], 48)
