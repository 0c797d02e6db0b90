"""What a pruned model is expected to lose, estimated from few samples that the refit did not see.

Of a classifier, counting what is classed otherwise would need thousands of samples: at a loss of 1 % a hundred of them
hold one. What the original thinks of both classes tells more: where it is unsure, another class costs little. And each
sample's deviation is tried at its neighbours, samples about as sure as it is, too.
"""

import numpy as np

from arenafit.accuracy.samples import Array
from arenafit.accuracy.scores import OutputScore

# Neighbours on each side, by margin; of few samples a quarter.
_NEIGHBOURS = 8
_LEAST_CHANCE = 1e-7
_BOUND = 1.645  # standard errors: one side of 95 %
_TEMPERATURES = np.geomspace(0.25, 8.0, 41)


def loss_of(item: OutputScore, before: Array, after: Array, labels: Array | None) -> float:
    """Return the loss of one output as a fraction: the expected loss of a classifier, else the score's own.

    Args:
        item: the output's score.
        before: what the original gives, (N, *shape).
        after: what the pruned model gives.
        labels: classes or target values, if there are any.
    """
    if not item.is_classifier or before.reshape(len(before), -1).shape[1] < 2:
        return item.drop
    return expected_loss(before, after, labels if labels is not None and labels.dtype.kind in "iu" else None)


def expected_loss(before: Array, after: Array, labels: Array | None = None) -> float:
    """Return the accuracy that `after` is expected to lose if the probabilities `before` are right.

    This is the upper end of a one-sided 95 % interval: the fewer samples there are, the less is taken out. Both are
    probabilities or their logarithms, (N, ..., classes), the original's and the pruned model's. `labels` (N,) set the
    temperature at which the original's are right; without them they are taken as they are.
    """
    classes = before.shape[-1]
    scores, others = (_logarithms(item.reshape(-1, classes)) for item in (before, after))
    believed = scores
    if labels is not None and len(labels) == len(scores):
        believed = scores / _temperature(scores, labels)
    chances = _softmax(believed)
    # By rank of the original's classes, so that one sample's deviation can be tried at another.
    ranks = np.argsort(-scores, axis=1, kind="stable")
    scores, chances, others = (np.take_along_axis(item, ranks, axis=1) for item in (scores, chances, others))
    deviations = others - scores
    by_margin = np.argsort(scores[:, 0] - scores[:, 1], kind="stable")
    scores, chances, deviations = scores[by_margin], chances[by_margin], deviations[by_margin]
    count = len(scores)
    reach = min(_NEIGHBOURS, count // 8)
    lost, caused, tried = np.zeros(count), np.zeros(count), np.zeros(count)
    for shift in range(-reach, reach + 1):
        places = np.arange(max(0, -shift), min(count, count - shift))
        picked = (scores[places] + deviations[places + shift]).argmax(axis=1)
        found = chances[places, 0] - chances[places, picked]
        lost[places] += found
        caused[places + shift] += found
        tried[places] += 1
    # Both are drawn: the samples, and the deviations that are tried at them.
    lost, caused = lost / tried, caused / tried
    return float(lost.mean() + _BOUND * np.sqrt((lost.var() + caused.var()) / count))


def _logarithms(values: Array) -> Array:
    made = values.astype(np.float64)
    return made if (made < 0.0).any() else np.log(np.maximum(made, _LEAST_CHANCE))


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _temperature(scores: Array, labels: Array) -> float:
    """Return the temperature at which the scores make the labels likeliest."""
    chosen = np.arange(len(labels)), labels.astype(np.int64)

    def unlikely(temperature: float) -> float:
        return float(-np.log(np.maximum(_softmax(scores / temperature)[chosen], _LEAST_CHANCE)).sum())

    return float(min(_TEMPERATURES, key=unlikely))
