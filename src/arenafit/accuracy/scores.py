"""How much a quantised model differs from its float original, output by output, with and without labels."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from arenafit.accuracy.intervals import ConfidenceInterval, cosine, mcnemar, paired_interval, sqnr_db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arenafit.accuracy.samples import Array, Samples

Values = NDArray[np.float64]

# A single output is a probability; from here on it says yes.
THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class PerClass:
    """Samples of one class, and how many of them each model has right."""

    label: int
    samples: int
    right_float: int
    right_quantised: int


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Accuracy against class labels; `change` is the interval of accuracy after minus before."""

    samples: int
    right_float: int
    right_quantised: int
    only_float_right: int
    only_quantised_right: int
    p_value: float
    change: ConfidenceInterval
    per_class: tuple[PerClass, ...]


@dataclass(frozen=True, slots=True)
class ValueScore:
    """Mean squared error against target values; `change` is the interval of the error after minus before."""

    samples: int
    mse_float: float
    mse_quantised: float
    change: ConfidenceInterval


@dataclass(frozen=True, slots=True)
class OutputScore:
    """One output: distances from the float model, and what the labels say where there are any.

    `agreement` is the share of samples whose greatest element is at the same place (None for a single element);
    `is_classifier` whether that is what the output is for, as far as the graph tells.
    """

    output: str
    sqnr_db: float
    cosine: float
    agreement: float | None
    is_classifier: bool
    classes: ClassScore | None = None
    values: ValueScore | None = None

    @property
    def drop(self) -> float:
        """The loss as a fraction, by the best measure there is.

        With class labels the accuracy lost; with target values the relative rise of the mean squared error; without
        labels the disagreement of a classifier, else the share of noise in the output's energy.
        """
        if self.classes is not None:
            return (self.classes.right_float - self.classes.right_quantised) / self.classes.samples
        if self.values is not None:
            before, after = self.values.mse_float, self.values.mse_quantised
            return after / before - 1 if before > 0.0 else (inf if after > 0.0 else 0.0)
        if self.is_classifier and self.agreement is not None:
            return 1.0 - self.agreement
        return 0.0 if self.sqnr_db == inf else float(10.0 ** (-self.sqnr_db / 10))

    @property
    def kind(self) -> str:
        """What `drop` is a share of, in a clause."""
        if self.classes is not None:
            return "of the samples, accuracy lost"
        if self.values is not None:
            return "more mean squared error"
        return "of the answers differ" if self.is_classifier and self.agreement is not None else "noise"


def score(
    before: Sequence[Values],
    after: Sequence[Values],
    samples: Samples,
    names: Sequence[str],
    classifiers: Sequence[bool],
) -> tuple[OutputScore, ...]:
    """Return the score of each output.

    Args:
        before: what the float model gave, (N, *shape) per output.
        after: what the quantised model gave.
        samples: where labels are, if there are any.
        names: of the outputs.
        classifiers: whether each output is a distribution over classes.
    """
    result = []
    for place, name in enumerate(names):
        labels = samples.labels[place] if samples.labels else None
        result.append(_score_one(before[place], after[place], labels, name, is_classifier=classifiers[place]))
    return tuple(result)


def worst_drop(scores: Sequence[OutputScore]) -> float:
    """Return the greatest loss of any output."""
    return max(item.drop for item in scores)


def _score_one(before: Values, after: Values, labels: Array | None, name: str, *, is_classifier: bool) -> OutputScore:
    flat_before, flat_after = before.reshape(len(before), -1), after.reshape(len(after), -1)
    agreement = None
    if flat_before.shape[1] > 1:
        agreement = float(np.mean(flat_before.argmax(axis=1) == flat_after.argmax(axis=1)))
    classes = values = None
    if labels is not None and labels.dtype.kind in "iu":
        classes = _class_score(_decided(flat_before), _decided(flat_after), labels)
    elif labels is not None:
        values = _value_score(flat_before, flat_after, labels.reshape(len(labels), -1).astype(np.float64))
    return OutputScore(name, sqnr_db(before, after), cosine(before, after), agreement, is_classifier, classes, values)


def _decided(flat: Values) -> NDArray[np.int64]:
    chosen = flat[:, 0] >= THRESHOLD if flat.shape[1] == 1 else flat.argmax(axis=1)
    return np.asarray(chosen, np.int64)


def _class_score(before: NDArray[np.int64], after: NDArray[np.int64], labels: Array) -> ClassScore:
    right_before, right_after = before == labels, after == labels
    lost, won = int((right_before & ~right_after).sum()), int((right_after & ~right_before).sum())
    per_class = tuple(
        PerClass(
            int(label),
            int((labels == label).sum()),
            int(right_before[labels == label].sum()),
            int(right_after[labels == label].sum()),
        )
        for label in np.unique(labels)
    )
    change = paired_interval(right_after.astype(np.float64) - right_before.astype(np.float64))
    return ClassScore(
        len(labels), int(right_before.sum()), int(right_after.sum()), lost, won, mcnemar(lost, won), change, per_class
    )


def _value_score(before: Values, after: Values, targets: Values) -> ValueScore:
    errors_before = np.square(before - targets).mean(axis=1)
    errors_after = np.square(after - targets).mean(axis=1)
    change = paired_interval(errors_after - errors_before)
    return ValueScore(len(targets), float(errors_before.mean()), float(errors_after.mean()), change)
