"""What an operator computes in, and the quantisation parameters a range of values asks for."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Constant, DType, Quant


class Precision(Enum):
    """Activations of an operator: float32, int8 (asymmetric) or int16 (symmetric); weights are int8 with both."""

    FLOAT = "float"
    INT8 = "int8"
    INT16 = "int16"

    @property
    def dtype(self) -> DType:
        """The element type of the activations."""
        return {"float": DType.FLOAT32, "int8": DType.INT8, "int16": DType.INT16}[self.value]

    @property
    def bits(self) -> int:
        """Width of an activation element."""
        return self.dtype.bits


# Narrower ranges are widened to this, so that no scale is zero (as litert-quantizer 0.11 does).
SMALLEST_RANGE = 1e-9


def quant_for_range(low: float, high: float, precision: Precision) -> Quant:
    """Return the per-tensor parameters that let `precision` hold [low, high] and zero.

    int8 is asymmetric over [-128, 127], int16 symmetric over [-32767, 32767], as TFLM's kernels want them. Computed in
    float32 as litert-quantizer 0.11 does, so that both give the same bits.
    """
    least, greatest = np.float32(low), np.float32(high)
    smallest = np.float32(SMALLEST_RANGE)
    if precision is Precision.INT16:
        scale = np.maximum(np.maximum(np.abs(least), np.abs(greatest)), smallest) / np.float32(32767)
        return Quant((float(scale),), (0,))
    least, greatest = np.minimum(least, np.float32(0)), np.maximum(greatest, np.float32(0))
    scale = np.maximum(greatest - least, smallest) / np.float32(255)
    return Quant((float(scale),), (int(np.rint(np.float32(-128) - least / scale)),))


def quantised(values: NDArray[np.floating], quant: Quant, dtype: DType) -> NDArray[np.generic]:
    """Return `values` stored with the per-tensor `quant`, saturated to the range of `dtype`.

    Raises:
        ValueError: if `quant` is not per tensor.
    """
    if quant.per_tensor is None:
        raise ValueError("only per-tensor quantisation can be applied to activations")
    scale, zero_point = quant.per_tensor
    limits = np.iinfo(dtype.label.lower())
    stored = np.rint(values.astype(np.float64) / scale) + zero_point
    saturated: NDArray[np.generic] = np.clip(stored, limits.min, limits.max).astype(dtype.numpy)
    return saturated


def quantised_constant(
    values: NDArray[np.floating], precision: Precision, quant: Quant | None = None
) -> tuple[Quant, Constant]:
    """Return parameters and bytes of a constant operand stored in `precision`: with `quant`, or by its own range."""
    chosen = quant or quant_for_range(float(values.min()), float(values.max()), precision)
    return chosen, Constant.of(quantised(values, chosen, precision.dtype))
