import dataclasses

import pytest

from arenafit.errors import BudgetError, PlanError
from arenafit.planning.planners import tflm_greedy
from arenafit.planning.problem import Buffer, BufferId, Interval, Plan, Planner, Problem, Share
from arenafit.planning.solve import Effort, Solution, planners, solve
from arenafit.planning.validate import validate
from support.problems import network_like, problem_of, share


def test_every_planner_has_a_name_of_its_own() -> None:
    names = [planner.name for planner in planners()]
    assert len(set(names)) == len(names)
    assert {"tflm-greedy", "tflm-linear", "portfolio", "by-size", "by-breadth"} <= set(names)


def test_a_plan_that_meets_its_bound_is_optimal() -> None:
    solution = solve(problem_of((32, 0, 2), (16, 1, 3), (32, 2, 4), align=16))
    assert solution.optimal
    assert (solution.plan.height_bytes, solution.lower_bound_bytes, solution.gap) == (48, 48, 0.0)
    assert solution.planner == "tflm-greedy"


def test_the_gap_is_a_fraction_of_the_bound() -> None:
    assert Solution(Plan({}, 120), "any", 100).gap == pytest.approx(0.2)
    assert not Solution(Plan({}, 120), "any", 100).optimal
    assert Solution(Plan({}, 100), "any", 100).optimal


@pytest.mark.parametrize("effort", ["fast", "default"])
@pytest.mark.parametrize("seed", range(4))
def test_never_higher_than_tflm(effort: Effort, seed: int) -> None:
    problem = network_like(seed, 80)
    greedy = tflm_greedy.PLANNER.plan(problem)
    solution = solve(problem, effort=effort)
    assert isinstance(greedy, Plan)
    assert solution.plan.height_bytes <= greedy.height_bytes
    validate(problem, solution.plan)


@pytest.mark.parametrize("count", [30, 100, 300])
@pytest.mark.parametrize("seed", range(4))
def test_networks_reach_their_bound_in_the_default_mode(count: int, seed: int) -> None:
    assert solve(network_like(seed, count)).optimal


def test_the_same_seed_gives_the_same_plan() -> None:
    problem = network_like(5, 120)
    assert solve(problem, seed=3) == solve(problem, seed=3)


def test_a_capacity_that_nothing_meets_is_a_budget_error() -> None:
    problem = dataclasses.replace(problem_of((32, 0, 2), (32, 1, 3), align=16), capacity_bytes=48)
    with pytest.raises(BudgetError, match="takes 64 bytes, the capacity is 48, and no plan is below 64: no plan fits"):
        solve(problem)


def test_fixed_buffers_that_collide_are_named() -> None:
    with pytest.raises(PlanError, match="fixed buffers 0 and 1 collide"):
        solve(problem_of((32, 0, 2), (32, 1, 3), (8, 0, 3), fixed={0: 0, 1: 16}))


def test_a_fixed_offset_off_the_alignment_is_kept_and_the_rest_is_aligned() -> None:
    problem = problem_of((20, 0, 2), (32, 0, 2), (48, 0, 2), fixed={0: 8}, align=16)
    solution = solve(problem)
    validate(problem, solution.plan)
    assert solution.plan.offsets_bytes[BufferId(0)] == 8


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (Problem((Buffer(BufferId(0), -1, Interval(0, 1)),)), "buffer 0 has a negative size or offset"),
        (Problem((Buffer(BufferId(0), 1, Interval(0, 1), -16),)), "buffer 0 has a negative size or offset"),
        (Problem((Buffer(BufferId(0), 1, Interval(0, 1)),) * 2), "lists a buffer id twice"),
        (Problem((), alignment_bytes=0), "the alignment is 0"),
        (problem_of((1, 0, 1), shares=(share(0, 7),)), r"shares name buffers \[7\]"),
    ],
)
def test_malformed_problems_are_refused(problem: Problem, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        solve(problem)


def test_an_empty_problem_needs_nothing() -> None:
    assert solve(Problem(())).plan == Plan({}, 0)


def test_a_buffer_joined_to_a_fixed_one_keeps_out_of_the_way_of_other_fixed_ones() -> None:
    # 2 may take the place of 0, but being larger it would reach into 1.
    problem = problem_of((4, 0, 2), (4, 0, 2), (8, 1, 2), shares=(share(0, 2),), fixed={0: 0, 1: 4})
    for effort in ("fast", "default", "exact"):
        assert solve(problem, effort=effort).plan.height_bytes == 16


def test_in_place_chains_collapse() -> None:
    rows = [(1024, step, step + 2) for step in range(50)]
    shares = tuple(Share(BufferId(step), BufferId(step + 1)) for step in range(49))
    assert solve(problem_of(*rows, shares=shares, align=16)).plan.height_bytes == 1024


def test_an_output_that_trails_its_input_needs_only_the_distance_more() -> None:
    solution = solve(problem_of((1024, 0, 2), (1024, 1, 3), shares=(share(0, 1, None, -160),), align=16))
    assert solution.plan.height_bytes == 1184


def test_planners_honour_the_protocol() -> None:
    assert all(isinstance(planner, Planner) for planner in planners())
