"""The refit is the least-squares one, as far as the activation lets a difference through."""

import numpy as np
import pytest
from numpy.typing import NDArray

from arenafit.prune.refit import refitted, ridge
from arenafit.structure.channels import channels
from support.models import conv_chain

RANDOM = np.random.default_rng(11)


def test_the_refit_solves_least_squares() -> None:
    operands, weights = RANDOM.normal(size=(400, 6)), RANDOM.normal(size=(6, 3))
    assert ridge(operands, operands @ weights, weights) == pytest.approx(weights)
    assert ridge(operands, operands @ weights, np.zeros((6, 3))) == pytest.approx(weights, abs=0.01)


@pytest.mark.parametrize("rows", [40, 4])  # more rows than elements, and fewer
def test_the_refit_is_the_least_of_error_and_pull(rows: int) -> None:
    operands, targets, before = (RANDOM.normal(size=shape) for shape in ((rows, 6), (rows, 3), (6, 3)))
    found = ridge(operands, targets, before)
    pull = 1e-3 * np.square(operands).mean()
    slope = operands.T @ (operands @ found - targets) / rows + pull * (found - before)
    assert slope == pytest.approx(np.zeros((6, 3)), abs=1e-9)


def test_what_the_activation_cuts_off_need_not_be_met() -> None:
    operands = RANDOM.normal(size=(300, 8))
    targets = operands[:, :5] @ RANDOM.normal(size=(5, 4)) * 3  # the last three elements say nothing
    left = operands[:, 2:]  # two that matter are gone
    zero = np.zeros((6, 4))

    def missed(found: NDArray[np.float64], low: float, high: float) -> float:
        made = left @ found
        beyond = np.where(targets <= low, np.maximum(made - low, 0), np.minimum(made - high, 0))
        inside = (targets > low) & (targets < high)
        return float(np.square(np.where(inside, made - targets, beyond)).mean())

    plain = ridge(left, targets, zero)
    for low, high in ((0.0, np.inf), (0.0, 6.0), (-1.0, 1.0)):
        assert missed(ridge(left, targets, zero, (low, high)), low, high) < missed(plain, low, high)
    assert ridge(left, targets, zero, (-np.inf, np.inf)) == pytest.approx(plain)


def test_nothing_removed_is_the_identity() -> None:
    model = conv_chain()
    assert refitted(channels(model), frozenset(), {}, ()) is model
