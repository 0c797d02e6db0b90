"""Element-wise operators of few bits as tables: every value they can be given is tried, not argued about."""

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float32]


@lru_cache(maxsize=256)
def restores_all(dtype: DType, scale: float, zero_point: int) -> bool:
    """Return whether DEQUANTIZE and QUANTIZE with the same parameters give each of the 2^8 or 2^16 values back.

    Mirrors tensorflow/lite/kernels/internal/reference/dequantize.h (the product in double precision, rounded once to
    float) and quantize.h (a division in float, rounded half away from zero; commit 90b983c2); of kernels that multiply
    with the rounded inverse instead, the same is asked.
    """
    ends = np.iinfo(dtype.label.lower())
    stored = np.arange(ends.min, ends.max + 1, dtype=np.int64)
    one = np.float32(scale)
    if not np.isfinite(one) or one <= 0:
        return False
    with np.errstate(all="ignore"):
        real = (np.float64(one) * (stored - zero_point)).astype(np.float32)
        quotients = (real / one, real * (np.float32(1) / one))
    return all(_gives(stored, quotient, zero_point) for quotient in quotients)


def _gives(wanted: Ints, quotients: Floats, zero_point: int) -> bool:
    if not np.isfinite(quotients).all():
        return False
    values = quotients.astype(np.float64)
    nearest = np.trunc(values + np.copysign(0.5, values)) + zero_point
    return bool(np.array_equal(np.clip(nearest, wanted[0], wanted[-1]), wanted))
