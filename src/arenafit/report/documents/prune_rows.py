"""The scores in what `prune` prints: before is the original, after the result."""

from dataclasses import dataclass
from math import isfinite

from arenafit.accuracy.intervals import ConfidenceInterval
from arenafit.accuracy.scores import OutputScore


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """Where a change lies, with `confidence` (0.95 is 95 %)."""

    low: float
    high: float
    confidence: float


@dataclass(frozen=True, slots=True)
class ClassesRow:
    """Accuracy against labels, paired."""

    samples: int
    accuracy_before: float
    accuracy_after: float
    change_interval: IntervalRow
    mcnemar_p: float


@dataclass(frozen=True, slots=True)
class ValuesRow:
    """Mean squared errors against target values."""

    samples: int
    mse_before: float
    mse_after: float
    change_interval: IntervalRow


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """How one output compares with the original's; a figure that is infinite is None."""

    output: str
    drop: float
    agreement: float | None
    sqnr_db: float | None
    classes: ClassesRow | None
    values: ValuesRow | None


def interval_row(interval: ConfidenceInterval) -> IntervalRow:
    """Return an interval as a row."""
    return IntervalRow(interval.low, interval.high, interval.confidence)


def score_row(item: OutputScore) -> ScoreRow:
    """Return the score of one output as a row."""
    classes = values = None
    if item.classes is not None:
        found = item.classes
        before, after = found.right_float / found.samples, found.right_quantised / found.samples
        classes = ClassesRow(found.samples, before, after, interval_row(found.change), found.p_value)
    if item.values is not None:
        told = item.values
        values = ValuesRow(told.samples, told.mse_float, told.mse_quantised, interval_row(told.change))
    sqnr = item.sqnr_db if isfinite(item.sqnr_db) else None
    return ScoreRow(item.output, item.drop, item.agreement, sqnr, classes, values)
