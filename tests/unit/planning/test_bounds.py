import pytest

from arenafit.planning.bounds import live_bytes_by_step, live_set_bound_bytes, lower_bound_bytes
from arenafit.planning.problem import Problem, Share
from support.problems import problem_of, share


def test_the_live_set_bound_is_the_largest_sum_of_aligned_sizes() -> None:
    problem = problem_of((17, 0, 2), (16, 1, 3), (40, 2, 4), align=16)
    assert live_bytes_by_step(problem) == {0: 32, 1: 48, 2: 64}
    assert live_set_bound_bytes(problem) == lower_bound_bytes(problem) == 64


def test_an_empty_problem_needs_nothing() -> None:
    assert lower_bound_bytes(problem_of()) == 0


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((), 30),
        ((share(0, 1),), 20),  # in place
        ((share(0, 1), share(1, 2)), 20),  # 0 and 2 stay apart
        ((share(0, 1), share(1, 2), share(0, 2)), 10),
        ((share(0, 1, None, None),), 20),
        ((share(0, 1, 4, 4),), 24),  # half apart
        ((share(0, 1, None, -3),), 23),
        ((share(0, 1, 12, None),), 30),  # permits only what is disjoint anyway
        ((share(0, 1, 5, -5),), 30),  # permits nothing
    ],
)
def test_shares_lower_the_bound_by_what_they_can_save(shares: tuple[Share, ...], expected: int) -> None:
    assert lower_bound_bytes(problem_of((10, 0, 2), (10, 0, 2), (10, 0, 2), shares=shares)) == expected


def test_a_larger_partner_covers_a_smaller_one_only_where_the_distance_lets_it() -> None:
    assert lower_bound_bytes(problem_of((10, 0, 1), (4, 0, 1), shares=(share(0, 1, 6, None),))) == 10
    assert lower_bound_bytes(problem_of((10, 0, 1), (4, 0, 1), shares=(share(0, 1, 8, None),))) == 12


def test_long_chains_of_shares_are_bounded_without_trying_every_subset() -> None:
    chain = tuple(share(index, index + 1) for index in range(39))
    problem = problem_of(*[(10, 0, 1)] * 40, shares=chain)
    assert lower_bound_bytes(problem) == 200  # every second one


def test_gaps_between_fixed_buffers_take_only_what_fits() -> None:
    # Gap of 10 below the fixed buffer: 7 + 4 do not fit together, so one goes above its end at 20.
    problem = problem_of((10, 0, 1), (7, 0, 1), (4, 0, 1), fixed={0: 10})
    assert live_set_bound_bytes(problem) == 21
    assert lower_bound_bytes(problem) == 24


def test_the_end_of_a_fixed_buffer_is_a_bound() -> None:
    assert lower_bound_bytes(problem_of((10, 0, 1), fixed={0: 90})) == 100


def test_thousands_of_buffers_are_bounded_at_once() -> None:
    rows = [(16, step, step + 3) for step in range(3000)]
    assert lower_bound_bytes(Problem(problem_of(*rows).buffers, (), 16)) == 48
