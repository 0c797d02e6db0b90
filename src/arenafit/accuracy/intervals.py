"""Statistics of paired results: is a difference in accuracy more than chance? How far are two outputs apart?"""

from dataclasses import dataclass
from math import comb, inf, log10

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class ConfidenceInterval:
    """A two-sided confidence interval."""

    low: float
    high: float
    confidence: float = CONFIDENCE

    @property
    def holds_zero(self) -> bool:
        """Whether no difference at all is compatible with the data."""
        return self.low <= 0.0 <= self.high


def mcnemar(only_first_right: int, only_second_right: int) -> float:
    """Return the exact two-sided p-value of McNemar's test: are the discordant pairs evenly split?

    Args:
        only_first_right: samples the first classifier has right and the second wrong.
        only_second_right: the other way round. Samples both have right or both wrong carry no information.
    """
    discordant = only_first_right + only_second_right
    if discordant == 0:
        return 1.0
    smaller = min(only_first_right, only_second_right)
    tail = sum(comb(discordant, k) for k in range(smaller + 1))
    return min(1.0, float(2 * tail / 2**discordant))


def paired_interval(differences: NDArray[np.floating], seed: int = 0) -> ConfidenceInterval:
    """Return the bootstrap interval (percentiles) of the mean of per-sample `differences`, shape (N,).

    Samples are resampled in pairs: each difference stays that of one sample under both models.

    Raises:
        ValueError: for no samples.
    """
    if len(differences) == 0:
        raise ValueError("an interval needs at least one sample")
    rng = np.random.default_rng(seed)
    values, counts = np.unique(differences.astype(np.float64), return_counts=True)
    share = counts / counts.sum()
    # Drawing how often each distinct value occurs is the same as drawing samples, and quick for 0/1 outcomes.
    drawn = rng.multinomial(len(differences), share, size=RESAMPLES)
    means = drawn @ values / len(differences)
    tail = (1 - CONFIDENCE) / 2
    return ConfidenceInterval(float(np.quantile(means, tail)), float(np.quantile(means, 1 - tail)))


def sqnr_db(reference: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Return the signal-to-quantisation-noise ratio in dB: energy of `reference` over that of the difference.

    Infinite when nothing differs, minus infinite when a silent reference meets noise.
    """
    signal = float(np.square(reference.astype(np.float64)).sum())
    noise = float(np.square(reference.astype(np.float64) - other.astype(np.float64)).sum())
    if noise == 0.0:
        return inf
    return 10 * log10(signal / noise) if signal > 0.0 else -inf


def cosine(reference: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Return the cosine of the angle between two outputs taken as vectors; 1 when both are zero, 0 when one is."""
    first, second = reference.astype(np.float64).ravel(), other.astype(np.float64).ravel()
    norms = float(np.linalg.norm(first) * np.linalg.norm(second))
    if norms == 0.0:
        return 1.0 if not first.any() and not second.any() else 0.0
    return float(np.clip(first @ second / norms, -1.0, 1.0))
