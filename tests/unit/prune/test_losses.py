"""The expected loss of a classifier: zero where nothing changes, the accuracy lost where it does."""

import numpy as np
import pytest

from arenafit.accuracy.samples import Array, Samples
from arenafit.accuracy.scores import score
from arenafit.prune.losses import expected_loss, loss_of


def softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def drawn(count: int, spread: float, noise: float, seed: int) -> tuple[Array, Array, Array]:
    """Return the original's probabilities, the pruned model's, and labels drawn from the original's."""
    random = np.random.default_rng(seed)
    scores = random.normal(size=(count, 3)) * spread
    before, after = softmax(scores), softmax(scores + random.normal(size=scores.shape) * noise)
    labels = np.array([random.choice(3, p=row) for row in before])
    return before, after, labels


def test_nothing_changed_loses_nothing() -> None:
    before, _, labels = drawn(100, 3.0, 0.0, 1)
    assert expected_loss(before, before) == 0.0
    assert expected_loss(before, before, labels) == 0.0
    assert expected_loss(np.log(before), np.log(before)) == 0.0


@pytest.mark.parametrize("noise", [0.3, 0.8])
def test_it_is_the_accuracy_that_is_lost_on_many_samples(noise: float) -> None:
    before, after, labels = drawn(60_000, 3.0, noise, 2)
    lost = float(np.mean(before.argmax(axis=1) == labels) - np.mean(after.argmax(axis=1) == labels))
    assert expected_loss(before, after) == pytest.approx(lost, abs=0.003)


def test_it_scatters_less_than_what_few_samples_lose() -> None:
    truth, counted, estimated = [], [], []
    for seed in range(40):
        before, after, labels = drawn(128, 3.0, 0.4, 100 + seed)
        counted.append(np.mean(before.argmax(axis=1) == labels) - np.mean(after.argmax(axis=1) == labels))
        estimated.append(expected_loss(before, after))
        picked = before[np.arange(128), after.argmax(axis=1)]
        truth.append(float(np.mean(before.max(axis=1) - picked)))
    assert np.std(estimated) < 0.5 * np.std(counted)
    assert np.mean(estimated) > np.mean(truth)  # it is an upper bound


def test_fewer_samples_are_believed_less() -> None:
    before, after, _ = drawn(4000, 3.0, 0.4, 3)
    few = [expected_loss(before[at : at + 50], after[at : at + 50]) for at in range(0, 4000, 50)]
    assert np.mean(few) > 1.2 * expected_loss(before, after)


def test_labels_tell_how_far_the_original_may_be_believed() -> None:
    before, after, labels = drawn(4000, 3.0, 0.5, 4)
    sharper = softmax(4 * np.log(before))
    deviated = softmax(4 * np.log(after))
    honest = expected_loss(before, after, labels)
    assert expected_loss(sharper, deviated) > 1.3 * honest
    assert expected_loss(sharper, deviated, labels) == pytest.approx(honest, rel=0.1)


def test_the_order_of_the_samples_and_logarithms_change_nothing() -> None:
    before, after, _ = drawn(200, 2.0, 0.4, 5)
    shuffled = np.random.default_rng(0).permutation(200)
    found = expected_loss(before, after)
    assert expected_loss(before[shuffled], after[shuffled]) == pytest.approx(found)
    assert expected_loss(np.log(before), np.log(after)) == pytest.approx(found)


def test_other_outputs_lose_what_their_score_says() -> None:
    before = np.random.default_rng(6).normal(size=(50, 4))
    after = before + 0.1
    samples = Samples((np.zeros((50, 1)),), (None,), "made here")
    (item,) = score([before], [after], samples, ["y"], [False])
    assert loss_of(item, before, after, None) == item.drop > 0
