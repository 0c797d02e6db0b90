"""Float means of int8 sums against the integer kernels, sum by sum, however a tie or the last bit is rounded."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from arenafit.ops.exact_mean import Quantiser, mean_quantiser, pool_quantiser

Floats = NDArray[np.float32]


def half_away(values: Floats) -> Floats:
    """As TFLM's QUANTIZE rounds."""
    return np.trunc(values + np.copysign(np.float32(0.5), values))


def results(quantiser: Quantiser, sums: NDArray[np.int64], rounded: Callable[[Floats], Floats]) -> NDArray[np.int64]:
    exact = np.float32(quantiser.start) + sums.astype(np.float32)
    assert np.array_equal(exact.astype(np.float64), quantiser.start + sums), "the sum is not exact in float32"
    divided = rounded(exact / np.float32(quantiser.scale))
    multiplied = rounded(exact * (np.float32(1) / np.float32(quantiser.scale)))
    assert np.array_equal(divided, multiplied), "the last bit of the quotient matters"
    return np.clip(divided.astype(np.int64) + quantiser.zero_point, -128, 127)


def pooled(total: int, values: int) -> int:
    """The kernel's own integers: half away from zero, C's division."""
    return (total + values // 2) // values if total > 0 else -((-total + values // 2) // values)


def requantised(total: int, values: int, scales: tuple[float, float], zero_points: tuple[int, int]) -> int:
    """MEAN as the kernel computes it, in Python's integers."""
    fraction, shift = np.frexp(float(np.float32(scales[0])) / float(np.float32(scales[1])))
    multiplier, left = round(float(fraction) * 2**31), int(shift)
    by = min(int(np.log2(values)), 31 + left)
    multiplier, left = (multiplier << by) // values, left - by
    product = (total - zero_points[0] * values) * multiplier
    nudged = product + (2**30 if product >= 0 else 1 - 2**30)
    high = nudged // 2**31 if nudged >= 0 else -(-nudged // 2**31)
    half = 2**-left / 2
    rounded = int(np.floor(abs(high) / 2**-left + (0.5 if half else 0))) * (1 if high >= 0 else -1)
    return max(-128, min(127, rounded + zero_points[1]))


def every_sum(values: int) -> NDArray[np.int64]:
    return np.arange(-128 * values, 127 * values + 1)


@pytest.mark.parametrize("rounded", [half_away, np.rint], ids=["away", "even"])
def test_pooling_is_reproduced_for_every_sum(rounded: Callable[[Floats], Floats]) -> None:
    for values in (*range(1, 65), 100, 120, 125, 256, 1000, 4096):
        quantiser = pool_quantiser(values)
        assert quantiser is not None
        sums = every_sum(values)
        wanted = np.array([pooled(int(total), values) for total in sums])
        assert np.array_equal(results(quantiser, sums, rounded), wanted), values


@pytest.mark.parametrize("values", [4, 9, 16, 25, 49, 64, 120, 125])
def test_a_mean_of_one_scale_above_its_zero_point_is_reproduced(values: int) -> None:
    quantiser = mean_quantiser(values, 0.05, -128, 0.05, -128)
    assert quantiser is not None
    sums = every_sum(values)
    wanted = [requantised(int(total), values, (0.05, 0.05), (-128, -128)) for total in sums]
    for rounded in (half_away, np.rint):
        assert results(quantiser, sums, rounded).tolist() == wanted


def test_whatever_mean_is_offered_is_reproduced() -> None:
    random, offered = np.random.default_rng(0), 0
    for _ in range(300):
        values = int(random.choice([2, 4, 9, 15, 16, 25, 49, 64]))
        scales = (float(random.uniform(0.01, 0.2)), float(random.uniform(0.01, 0.2)))
        zero_points = (int(random.choice([-128, 0, 5])), int(random.choice([-128, 0, 5])))
        quantiser = mean_quantiser(values, scales[0], zero_points[0], scales[1], zero_points[1])
        if quantiser is None:
            continue
        offered += 1
        sums = every_sum(values)
        wanted = [requantised(int(total), values, scales, zero_points) for total in sums]
        assert results(quantiser, sums, np.rint).tolist() == wanted
    assert offered >= 10


def test_a_mean_that_rounds_twice_on_both_sides_of_its_zero_point_is_not_offered() -> None:
    # Steps of 16 sums, early by one above zero and late by one below: no straight line has them.
    assert mean_quantiser(16, 0.05, 0, 0.05, 0) is None


def test_too_many_values_are_not_offered() -> None:
    # Sums of more could be inexact in float32.
    assert pool_quantiser(1 << 15) is None
    assert mean_quantiser(1 << 15, 0.05, -128, 0.05, -128) is None
    assert pool_quantiser(0) is None
