from hypothesis import given, settings

from arenafit.planning.bounds import live_set_bound_bytes, lower_bound_bytes
from arenafit.planning.problem import Problem
from support.problems import brute_force_bytes, tiny_problems


@settings(max_examples=300, deadline=None)
@given(tiny_problems(with_shares=True, with_fixed=True))
def test_no_bound_exceeds_the_optimum(problem: Problem) -> None:
    optimum = brute_force_bytes(problem)
    assert live_set_bound_bytes(problem) <= lower_bound_bytes(problem) <= optimum
