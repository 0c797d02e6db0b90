"""What happens exactly at a limit: heights that meet a capacity, steps that touch, plans that are equal."""

import dataclasses

import numpy as np
import pytest

from arenafit.planning.branch_and_bound import Items, _Part
from arenafit.planning.heuristics import lowest_plan
from arenafit.planning.offsets import plan_at, within_capacity
from arenafit.planning.planners.exact import Exact
from arenafit.planning.problem import BufferId, Infeasible, Plan, TimedOut
from arenafit.planning.work import Work
from support.problems import problem_of


def test_a_plan_as_high_as_the_capacity_keeps_to_it() -> None:
    problem = problem_of((32, 0, 2), align=16)
    plan = Plan({BufferId(0): 0}, 32)
    kept = [within_capacity(dataclasses.replace(problem, capacity_bytes=most), plan) for most in (48, 32, None)]
    assert kept == [plan] * 3
    assert within_capacity(dataclasses.replace(problem, capacity_bytes=16), plan) == TimedOut(best=plan)


def test_what_lives_at_no_step_takes_no_room() -> None:
    problem = problem_of((1, 0, 1), (4, 0, 1), (4, 0, 1), (1, 0, 0))
    high = plan_at(problem, {BufferId(0): 1, BufferId(1): 3, BufferId(2): 8, BufferId(3): 13})
    proof = Exact().prove(problem, high, work=Work(100_000))
    assert (proof.plan.height_bytes, proof.lower_bound_bytes) == (9, 9)


@pytest.mark.parametrize(("capacity", "fits"), [(64, True), (48, False)])
def test_an_exact_search_meets_the_capacity_or_proves_that_none_does(capacity: int, *, fits: bool) -> None:
    pytest.importorskip("ortools")
    problem = dataclasses.replace(problem_of((32, 0, 2), (32, 1, 3), align=16), capacity_bytes=capacity)
    found = Exact().plan(problem)
    assert isinstance(found, Plan if fits else Infeasible)


def test_of_equal_plans_the_first_is_taken_and_none_is_made_after_the_bound() -> None:
    first, second = Plan({BufferId(0): 0}, 64), Plan({BufferId(0): 16}, 64)
    assert lowest_plan([first, second]) is first
    assert lowest_plan([Plan({}, 80), second, first]) is second

    def plans() -> object:
        yield first
        raise AssertionError("asked for another plan")

    assert lowest_plan(plans(), 64) is first  # type: ignore[arg-type]  # an iterator that must not go on
    assert lowest_plan([]) == Plan({}, 0)


def test_items_that_touch_in_time_are_no_rivals() -> None:
    items = Items(np.array([4, 4, 4]), np.array([0, 2, 1]), np.array([2, 4, 3]))
    part = _Part(items, 8, lambda found, _: np.arange(len(found)))
    assert [rivals.tolist() for rivals in part.rivals] == [[2], [2], [0, 1]]
