"""Every planner the registry finds, on generated problems."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arenafit.planning.bounds import lower_bound_bytes
from arenafit.planning.offsets import plan_at
from arenafit.planning.planners import tflm_greedy
from arenafit.planning.planners.exact import Exact
from arenafit.planning.problem import Infeasible, Plan, Planner, Problem, TimedOut
from arenafit.planning.solve import planners, solve
from arenafit.planning.validate import validate
from arenafit.planning.work import Work
from arenafit.units import align_up
from support.problems import brute_force_bytes, problems, tiny_problems

EXACT = Exact()
EVERY = pytest.mark.parametrize("planner", planners(), ids=lambda planner: planner.name)


@EVERY
@settings(max_examples=60, deadline=None)
@given(problem=problems())
def test_plans_are_valid_and_not_below_the_bound(planner: Planner, problem: Problem) -> None:
    plan = planner.plan(problem, work=Work(300_000))
    assert isinstance(plan, Plan)
    validate(problem, plan)
    assert plan.height_bytes >= lower_bound_bytes(problem)


@EVERY
@settings(max_examples=30, deadline=None)
@given(problem=problems(max_buffers=6))
def test_planners_are_deterministic(planner: Planner, problem: Problem) -> None:
    assert planner.plan(problem) == planner.plan(problem)


@EVERY
@settings(max_examples=40, deadline=None)
@given(problem=tiny_problems(with_shares=True))
def test_a_capacity_is_kept_or_the_answer_says_why_not(planner: Planner, problem: Problem) -> None:
    optimum = brute_force_bytes(problem)
    for capacity in (optimum, optimum - 1):
        outcome = planner.plan(dataclasses.replace(problem, capacity_bytes=capacity), work=Work(300_000))
        if isinstance(outcome, Plan):
            assert outcome.height_bytes <= capacity == optimum
        if isinstance(outcome, Infeasible):
            assert capacity < optimum
        if isinstance(outcome, TimedOut):
            assert outcome.best is not None
            validate(problem, outcome.best)


@settings(max_examples=150, deadline=None)
@given(problem=tiny_problems(with_shares=True, with_fixed=True))
def test_the_portfolio_is_never_above_tflm_nor_below_the_optimum(problem: Problem) -> None:
    greedy = tflm_greedy.PLANNER.plan(problem)
    solution = solve(problem, work=Work(100_000))
    assert isinstance(greedy, Plan)
    assert brute_force_bytes(problem) <= solution.plan.height_bytes <= greedy.height_bytes
    assert not solution.optimal or solution.plan.height_bytes == brute_force_bytes(problem)


@settings(max_examples=120, deadline=None)
@given(problem=tiny_problems(with_shares=False))
def test_the_exact_planner_finds_the_optimum_of_plain_problems(problem: Problem) -> None:
    plan = EXACT.plan(problem, work=Work(20_000_000))
    assert isinstance(plan, Plan)
    assert plan.height_bytes == brute_force_bytes(problem)


@settings(max_examples=120, deadline=None)
@given(problem=tiny_problems(with_shares=True, with_fixed=True))
def test_the_exact_planner_finds_the_optimum_with_shares_and_fixed_buffers(problem: Problem) -> None:
    pytest.importorskip("ortools", reason="the extra 'exact' is not installed")
    plan = EXACT.plan(problem, work=Work(20_000_000))
    assert isinstance(plan, Plan)
    assert plan.height_bytes == brute_force_bytes(problem)


@settings(max_examples=120, deadline=None)
@given(problem=tiny_problems(with_shares=False), worse=st.integers(1, 9))
def test_search_by_sections_alone_finds_and_proves_the_optimum(problem: Problem, worse: int) -> None:
    proof = EXACT.prove(problem, _piled_up(problem, worse), work=Work(20_000_000))
    validate(problem, proof.plan)
    assert proof.plan.height_bytes == proof.lower_bound_bytes == brute_force_bytes(problem)


@settings(max_examples=120, deadline=None)
@given(problem=tiny_problems(with_shares=True, with_fixed=True), worse=st.integers(1, 9))
def test_exact_search_alone_finds_and_proves_the_optimum(problem: Problem, worse: int) -> None:
    pytest.importorskip("ortools", reason="the extra 'exact' is not installed")
    proof = EXACT.prove(problem, _piled_up(problem, worse), work=Work(20_000_000))
    validate(problem, proof.plan)
    assert proof.plan.height_bytes == proof.lower_bound_bytes == brute_force_bytes(problem)


def _piled_up(problem: Problem, worse: int) -> Plan:
    """A valid plan that wastes memory: every free buffer above all others, with a gap below each."""
    unit = problem.alignment_bytes
    offsets = {b.id: b.fixed_offset_bytes for b in problem.buffers if b.fixed_offset_bytes is not None}
    top = max((offsets[key] + problem.by_id[key].size_bytes for key in offsets), default=0)
    for buffer in problem.buffers:
        if buffer.id not in offsets:
            offsets[buffer.id] = align_up(top, unit) + worse * unit
            top = offsets[buffer.id] + buffer.size_bytes
    return plan_at(problem, offsets)
