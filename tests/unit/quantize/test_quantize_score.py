from math import inf

import numpy as np
import pytest

from arenafit.accuracy.samples import Array, Samples
from arenafit.accuracy.scores import OutputScore, score, worst_drop

RNG = np.random.default_rng(3)


def scored(before: Array, after: Array, labels: Array | None = None, *, is_classifier: bool = False) -> OutputScore:
    samples = Samples((np.zeros((len(before), 1)),), (labels,), "s")
    (found,) = score([before], [after], samples, ["out"], [is_classifier])
    return found


def one_hot(classes: list[int]) -> Array:
    return np.eye(4)[classes][:, None]


def test_accuracy_counts_what_each_model_has_right() -> None:
    labels = np.array([0, 1, 2, 3, 0, 1])
    found = scored(one_hot([0, 1, 2, 3, 0, 0]), one_hot([0, 1, 2, 0, 1, 1]), labels).classes
    assert found is not None
    assert (found.right_float, found.right_quantised) == (5, 4)
    assert (found.only_float_right, found.only_quantised_right) == (2, 1)
    assert [(entry.label, entry.samples, entry.right_float, entry.right_quantised) for entry in found.per_class] == [
        (0, 2, 2, 1),
        (1, 2, 1, 2),
        (2, 1, 1, 1),
        (3, 1, 1, 0),
    ]
    assert found.change.low <= -1 / 6 <= found.change.high


def test_the_drop_of_a_classifier_is_the_accuracy_lost() -> None:
    labels = np.array([0, 1, 2, 3])
    assert scored(one_hot([0, 1, 2, 3]), one_hot([0, 1, 2, 0]), labels).drop == pytest.approx(0.25)


def test_one_probability_is_a_decision_at_a_half() -> None:
    before, after = np.array([[0.9], [0.2], [0.6]]), np.array([[0.8], [0.6], [0.4]])
    found = scored(before, after, np.array([1, 0, 1])).classes
    assert found is not None
    assert (found.right_float, found.right_quantised) == (3, 1)


def test_target_values_give_a_relative_rise_of_the_error() -> None:
    targets = RNG.normal(size=(30, 5))
    found = scored(targets + 0.1, targets + 0.2, targets)
    assert found.values is not None
    assert found.values.mse_float == pytest.approx(0.01)
    assert found.values.mse_quantised == pytest.approx(0.04)
    assert found.drop == pytest.approx(3.0)
    assert not found.values.change.holds_zero


def test_a_perfect_float_model_can_only_lose() -> None:
    targets = RNG.normal(size=(5, 2))
    assert scored(targets, targets, targets).drop == 0.0
    assert scored(targets, targets + 1, targets).drop == inf


def test_without_labels_a_classifier_loses_agreement() -> None:
    found = scored(one_hot([0, 1, 2, 3]), one_hot([0, 1, 2, 2]), is_classifier=True)
    assert found.agreement == 0.75
    assert found.drop == pytest.approx(0.25)


def test_without_labels_other_outputs_lose_energy_to_noise() -> None:
    assert scored(np.ones((4, 3)), np.full((4, 3), 1.1)).drop == pytest.approx(0.01)
    assert scored(np.ones((4, 3)), np.ones((4, 3))).drop == 0.0


def test_the_worst_output_counts() -> None:
    first = scored(np.ones((4, 3)), np.full((4, 3), 1.1))
    second = scored(np.ones((4, 3)), np.full((4, 3), 1.2))
    assert worst_drop([first, second]) == pytest.approx(0.04)
