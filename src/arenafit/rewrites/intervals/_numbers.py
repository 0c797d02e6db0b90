"""Integers as kernels requantise them, with one step to spare: builds and kernel libraries round differently.

A multiplier is applied with one rounding or with two (TFLITE_SINGLE_ROUNDING; MultiplyByQuantizedMultiplier of
tensorflow/lite/kernels/internal/common.h, arm_nn_requantize of CMSIS-NN), which changes a result by one step at most.
With 16-bit activations its 32 bits are cut to 16, which adds a part in 2**15.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Tensor
from arenafit.records import record
from arenafit.rewrites.intervals.protocol import Integers, Span

RELU, RELU_N1_TO_1, RELU6 = 1, 2, 3
_BOUNDS = {0: (-math.inf, math.inf), RELU: (0.0, math.inf), RELU_N1_TO_1: (-1.0, 1.0), RELU6: (0.0, 6.0)}
# A value as close to a whole number as this is rounded to it by every way of rounding.
_CLEARLY_WHOLE = 0.2
_ACCUMULATOR = {DType.INT8: float(1 << 31), DType.INT16: float(1 << 46)}

Reals = NDArray[np.float64]


@record(frozen=True)
class Scale:
    """How a per-tensor quantised tensor stores real numbers: real = size * (stored - zero_point)."""

    size: float
    zero_point: int


def scale_of(tensor: Tensor | None) -> Scale | None:
    """Return the one scale of an int8 or int16 tensor; None if it has none, or one per channel."""
    if tensor is None or tensor.dtype not in _ACCUMULATOR or tensor.quant is None or tensor.quant.extras:
        return None
    found = tensor.quant.per_tensor
    return None if found is None or not found[0] > 0 or not math.isfinite(found[0]) else Scale(found[0], int(found[1]))


def limits(tensor: Tensor, scale: Scale, activation: int) -> tuple[int, int] | None:
    """Return the stored bounds of a fused activation, rounded as in CalculateActivationRangeQuantized (kernel_util.cc).

    None for activations it does not know.
    """
    if activation not in _BOUNDS:
        return None
    kind = np.iinfo(str(tensor.dtype.numpy))
    low, high = _BOUNDS[activation]
    least = kind.min if low == -math.inf else max(kind.min, scale.zero_point + _rounded(low, scale))
    most = kind.max if high == math.inf else min(kind.max, scale.zero_point + _rounded(high, scale))
    return int(least), int(most)


def _rounded(real: float, scale: Scale) -> int:
    steps = float(np.float32(real) / np.float32(scale.size))
    return int(math.copysign(math.floor(abs(steps) + 0.5), steps))


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a kernel rounds.

    Attributes:
        spare: steps that kernels may be off.
        fixes: channels whose accumulator has one value; None: those whose ends are equal.
        clear: how far from a whole number every way of rounding finds it.
    """

    spare: int = 1
    fixes: NDArray[np.bool_] | None = None
    clear: Reals | float = _CLEARLY_WHOLE


def requantised(
    low: Reals, high: Reals, tensor: Tensor, bounds: tuple[int, int], rounding: Rounding | None = None
) -> Span:
    """Return the stored values that reals between `low` and `high` can become, in steps with the zero point added.

    Args:
        low: least real value of each channel.
        high: greatest.
        tensor: the result.
        bounds: what the result is clamped to.
        rounding: how the kernel rounds; None: to the nearest, a step off at most.
    """
    chosen = rounding or Rounding()
    spare, fixes, clear = chosen.spare, chosen.fixes, chosen.clear
    wide = tensor.dtype is DType.INT16
    loss = 2.0**-15 if wide else 2.0**-20
    below, above = low - loss * np.abs(low), high + loss * np.abs(high)
    least = np.floor(below + 0.5) - spare
    most = np.ceil(above - 0.5) + spare
    single = low == high if fixes is None else fixes
    off = np.abs(low - np.round(low)) + loss * np.abs(low)
    sure = single & (off <= clear) & (spare <= 1)
    least, most = np.where(sure, np.round(low), least), np.where(sure, np.round(low), most)
    clamped = (np.clip(found, bounds[0], bounds[1]).astype(np.int64) for found in (least, most))
    return Span(*clamped)


def clearness(factor: Reals) -> Reals:
    """Return how far from a whole number an accumulator times `factor` may be for every way of rounding to find it.

    With two roundings the first one is to a fraction, 2**-shift, of a step: the multiplier lies in [0.5, 1).
    """
    shift = np.maximum(0, -np.frexp(np.maximum(factor, 1e-300))[1])
    return np.asarray(0.49 - np.where(shift > 0, 0.5 * 2.0**-shift, 0.0), np.float64)


def overflows(low: Reals, high: Reals, factor: Reals, source: Tensor) -> NDArray[np.bool_]:
    """Return where an accumulator, or it times the power of two in its factor, may leave its bits."""
    most = np.maximum(np.abs(low), np.abs(high))
    shifted = most * np.maximum(1.0, 2.0 ** np.ceil(np.log2(np.maximum(factor, 1e-300)) + 1))
    return np.asarray(shifted >= _ACCUMULATOR.get(source.dtype, 0.0), np.bool_)


def whole(array: Integers) -> Reals:
    """Return integers as reals."""
    return array.astype(np.float64)
