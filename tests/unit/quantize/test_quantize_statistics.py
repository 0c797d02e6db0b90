from math import inf

import numpy as np
import pytest

from arenafit.accuracy.intervals import cosine, mcnemar, paired_interval, sqnr_db


@pytest.mark.parametrize(
    ("lost", "won", "p_value"),
    [
        (0, 0, 1.0),
        (5, 0, 2 / 2**5),
        (0, 5, 2 / 2**5),
        (3, 2, 1.0),
        (9, 1, 2 * (1 + 10) / 2**10),
        (10, 10, 1.0),
    ],
)
def test_mcnemar_is_the_exact_binomial_test(lost: int, won: int, p_value: float) -> None:
    assert mcnemar(lost, won) == pytest.approx(p_value)


def test_mcnemar_takes_many_discordant_pairs() -> None:
    assert 0.0 <= mcnemar(3000, 2000) < 1e-40


def test_the_interval_of_equal_outcomes_is_a_point() -> None:
    interval = paired_interval(np.zeros(50))
    assert (interval.low, interval.high) == (0.0, 0.0)
    assert interval.holds_zero


def test_the_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    truth = -0.04
    outcomes = [rng.choice([-1.0, 0.0, 1.0], size=400, p=[0.06, 0.92, 0.02]) for _ in range(200)]
    intervals = [paired_interval(item, seed) for seed, item in enumerate(outcomes)]
    covered = sum(interval.low <= truth <= interval.high for interval in intervals)
    # 95 % of 200 is 190; five standard deviations of the binomial are 15.
    assert covered >= 175


def test_a_clear_loss_excludes_zero() -> None:
    assert not paired_interval(np.array([-1.0] * 40 + [0.0] * 360)).holds_zero


def test_no_samples_give_no_interval() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        paired_interval(np.array([]))


def test_sqnr_of_a_tenth_is_twenty_decibels() -> None:
    assert sqnr_db(np.ones(10), np.full(10, 1.1)) == pytest.approx(20.0)


def test_sqnr_at_its_ends() -> None:
    assert sqnr_db(np.ones(3), np.ones(3)) == inf
    assert sqnr_db(np.zeros(3), np.ones(3)) == -inf


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [([1, 0], [0, 1], 0.0), ([1, 2], [2, 4], 1.0), ([1], [-1], -1.0), ([0], [0], 1.0), ([0], [1], 0.0)],
)
def test_cosine(first: list[int], second: list[int], expected: float) -> None:
    assert cosine(np.array(first, float), np.array(second, float)) == pytest.approx(expected)
