"""A synthetic task with the input of a small audio classifier: does a call in a noisy spectrogram fall, hold or rise?

Every sample is drawn from one seeded generator, so a seed names a data set for good. The classes overlap on purpose:
the slopes of neighbouring classes are drawn from distributions whose tails cross, and some calls lie close to the
noise, so that no classifier reaches 100 % and a later loss of accuracy can be seen.
"""

import numpy as np
from numpy.typing import NDArray

FRAMES = 125
BINS = 90
CLASSES = ("falling", "steady", "rising")

# Slopes in bins per frame. Neighbouring means lie 3.2 standard deviations apart: about 7 % of all calls cannot be told
# from their neighbour's.
SLOPE_MEANS = (-0.30, 0.0, 0.30)
SLOPE_DEVIATION = 0.095

# The front end: 3 dB steps above a floor of 3 dB over the mean noise power, 8 levels, scaled to [0, 7/8].
STEP_DB = 3.0
FLOOR_DB = 3.0
LEVELS = 8


def _call_power(rng: np.random.Generator, slope: float) -> NDArray[np.float64]:
    duration = int(rng.integers(55, 100))
    start = int(rng.integers(0, FRAMES - duration))
    sweep = slope * duration
    centre = rng.uniform(max(8.0, abs(sweep) / 2 + 4), min(BINS - 8.0, BINS - abs(sweep) / 2 - 4))
    time = np.arange(duration)
    vibrato = rng.uniform(0.0, 2.0) * np.sin(2 * np.pi * (time * rng.uniform(0.03, 0.08) + rng.random()))
    track = centre + slope * (time - duration / 2) + vibrato
    loudness_db = rng.uniform(5.0, 16.0) + 3.0 * np.sin(2 * np.pi * (time * rng.uniform(0.01, 0.05) + rng.random()))
    power = np.zeros((FRAMES, BINS))
    bins = np.arange(BINS)
    for partial, attenuation_db in ((1.0, 0.0), (1.5, rng.uniform(4.0, 12.0))):
        spread = np.exp(-0.5 * ((bins[None, :] - partial * track[:, None]) / 0.8) ** 2)
        power[start : start + duration] += spread * 10 ** ((loudness_db[:, None] - attenuation_db) / 10)
    return power


def _disturbance_power(rng: np.random.Generator) -> NDArray[np.float64]:
    power = np.zeros((FRAMES, BINS))
    for _ in range(int(rng.integers(0, 3))):  # clicks: short and broad
        frame = int(rng.integers(0, FRAMES - 2))
        power[frame : frame + 2] += 10 ** (rng.uniform(3.0, 12.0) / 10) * np.linspace(1.5, 0.3, BINS)
    if rng.random() < 0.5:  # hum: long and narrow, a false "steady"
        power[:, int(rng.integers(0, BINS))] += 10 ** (rng.uniform(3.0, 10.0) / 10)
    return power


def sample(rng: np.random.Generator, label: int) -> NDArray[np.float32]:
    """Return one spectrogram of class `label`: float32 (FRAMES, BINS, 1), multiples of 1/8 in [0, 7/8]."""
    slope = rng.normal(SLOPE_MEANS[label], SLOPE_DEVIATION)
    power = _call_power(rng, float(slope)) + _disturbance_power(rng)
    noisy = (power + 1.0) * rng.gamma(4.0, 1 / 4.0, size=power.shape)  # four averaged periodograms
    level = np.floor((10 * np.log10(noisy) - FLOOR_DB) / STEP_DB) + 1
    return (np.clip(level, 0, LEVELS - 1) / LEVELS).astype(np.float32)[:, :, None]


def dataset(seed: int, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return `count` spectrograms (count, FRAMES, BINS, 1) and their labels (count,), classes in equal shares."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % len(CLASSES))
    return np.stack([sample(rng, int(label)) for label in labels]), labels
