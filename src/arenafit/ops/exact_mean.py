"""Float arithmetic that gives, bit for bit, what integer kernels make of a sum of int8 values when they average it.

A sum of integers is exact in float32, and QUANTIZE gives round((start + sum) / scale) + zero_point. Both that and the
kernels are staircases over the sum: they are equal if they step at the same sums. Where an integer kernel steps is
worked out here, then a start and a scale are looked for that step there too, with room to spare, so that neither the
rounding of a tie nor the last bits of a division matter.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# Sums and a start in eighths stay exact in the 24 bits of float32.
_MOST_VALUES = 1 << 13
_LOWEST, _HIGHEST = -128, 127
# What QUANTIZE computes may be off by so much of itself: a division, or a product with the rounded inverse.
_SLACK = 2.0**-22
_STARTS_PER_UNIT = 8

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Quantiser:
    """Turns a sum of float32 integers into the int8 mean: round((start + sum) / scale) + zero_point, clamped."""

    start: float
    scale: float
    zero_point: int


@lru_cache(maxsize=256)
def pool_quantiser(values: int) -> Quantiser | None:
    """Return what gives AVERAGE_POOL_2D's int8 mean of so many values; None if nothing exact is known.

    Mirrors AveragePool (tensorflow/lite/kernels/internal/reference/integer_ops/pooling.h, 2026-08), half away from
    zero; CMSIS-NN's arm_avgpool_s8 rounds alike.
    """
    if not 0 < values <= _MOST_VALUES:
        return None
    steps = np.arange(_LOWEST + 1, _HIGHEST + 1)
    # Twice the tie below each step: reached by it above zero, passed by it below.
    ties = values * (2 * steps - 1)
    first = np.where(steps > 0, -(-ties // 2), ties // 2 + 1)
    return _fitting(first, steps, values, Quantiser(0.0, float(values), 0))


@lru_cache(maxsize=256)
def mean_quantiser(
    values: int, scale: float, zero_point: int, output_scale: float, output_zero_point: int
) -> Quantiser | None:
    """Return what gives MEAN's int8 result over so many values; None if nothing exact is known.

    Mirrors QuantizedMeanOrSum (tensorflow/lite/kernels/internal/reference/reduce.h, 2026-08) as it is built unless
    TFLITE_SINGLE_ROUNDING is set: the product with the multiplier is rounded twice.
    """
    if not 0 < values <= _MOST_VALUES or scale <= 0 or output_scale <= 0:
        return None
    real = float(np.float32(scale)) / float(np.float32(output_scale))
    multiplier, shift = _mean_multiplier(real, values)
    steps = np.arange(_LOWEST + 1, _HIGHEST + 1)

    if not -31 <= shift <= 0:
        return None  # a left shift could overflow

    def result(sums: Ints) -> Ints:
        return _multiplied(sums - zero_point * values, multiplier, shift) + output_zero_point

    first = _first_sums(result, steps, values)
    about = Quantiser(-float(zero_point * values), values / real, output_zero_point)
    return _fitting(first, steps, values, about)


def _first_sums(function: Callable[[Ints], Ints], steps: Ints, values: int) -> Ints:
    """The least sum of int8 values for which a growing function reaches each step; one too many if none does."""
    low = np.full(steps.shape, _LOWEST * values)
    high = np.full(steps.shape, _HIGHEST * values + 1)
    while (low < high).any():
        middle = (low + high) // 2
        reached = function(middle) >= steps
        low, high = np.where(reached, low, middle + 1), np.where(reached, middle, high)
    return low


def _fitting(first: Ints, steps: Ints, values: int, about: Quantiser) -> Quantiser | None:
    """A quantiser like `about`, of another scale and start, that reaches each of `steps` at the sum `first`."""
    for scale in _scales(about.scale):
        for start in (about.start, *_middle(first, steps - about.zero_point, scale)):
            found = Quantiser(start, scale, about.zero_point)
            if _steps_at(found, first, steps, values):
                return found
    return None


def _scales(about: float) -> Iterator[float]:
    """Float32 scales beside `about`, the nearest first; a smaller one takes ties away from zero."""
    for distance in (4, 6, 8, 16, 0, -8, 32, -32, 64, -64, 256, -256, 1024, -1024, 4096, -4096):
        yield float(np.float32(about * (1 - distance * 2.0**-23)))


def _middle(first: Ints, steps: Ints, scale: float) -> Iterator[float]:
    """The start that leaves every step the same room on both sides, if there is any."""
    ties = (steps - 0.5) * scale
    least, most = float((ties - first).max()), float((ties - first).min()) + 1
    if least < most:
        yield round((least + most) / 2 * _STARTS_PER_UNIT) / _STARTS_PER_UNIT


def _steps_at(quantiser: Quantiser, first: Ints, steps: Ints, values: int) -> bool:
    """Whether the quantiser steps at these sums, whichever way its last bits and its ties are rounded."""
    sums = np.concatenate([first - 1, first])
    wanted = np.concatenate([steps, steps]) - quantiser.zero_point - 0.5
    reached = np.concatenate([np.zeros(len(steps), dtype=bool), np.ones(len(steps), dtype=bool)])
    possible = (sums >= _LOWEST * values) & (sums <= _HIGHEST * values)
    found = (quantiser.start + sums) / quantiser.scale
    room = np.abs(found) * _SLACK
    as_wanted = np.where(reached, found - room > wanted, found + room < wanted)
    return bool((as_wanted | ~possible).all())


def _mean_multiplier(real: float, values: int) -> tuple[int, int]:
    """The multiplier, 31 bits behind the point, and the shift that MEAN multiplies its sum with."""
    fraction, shift = np.frexp(real)
    multiplier = int(np.floor(float(fraction) * 2.0**31 + 0.5))
    shift = int(shift)
    if multiplier == 1 << 31:
        multiplier, shift = multiplier // 2, shift + 1
    by = min(values.bit_length() - 1, 32, 31 + shift)
    return (multiplier << by) // values, shift - by


def _multiplied(numbers: Ints, multiplier: int, shift: int) -> Ints:
    """MultiplyByQuantizedMultiplier (tensorflow/lite/kernels/internal/common.cc, 2026-08), rounding twice."""
    product = numbers * multiplier
    nudged = product + np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    high = np.where(nudged >= 0, nudged >> 31, -(-nudged >> 31))
    mask = (1 << -shift) - 1
    return (high >> -shift) + ((high & mask) > (mask >> 1) + (high < 0))
