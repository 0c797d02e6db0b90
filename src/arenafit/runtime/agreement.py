"""Whether two runtimes mean the same by a model: differences beyond what rounding explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from arenafit.errors import RuntimeUnavailableError
from arenafit.runtime.inputs import GeneratedInputs
from arenafit.runtime.litert import LiteRtRuntime
from arenafit.runtime.tflm import TflmRuntime
from arenafit.runtime.types import Refusal

if TYPE_CHECKING:
    from arenafit.runtime.types import Array, Outputs

# Input sets that are compared; the ends of the range saturate alike in every runtime.
COMPARED = GeneratedInputs(4, 0, ("random",))
# What rounding in another order may do, as a share of the range of the output; in steps for 8 bits.
_SHARE = 0.1
_STEPS = 8


def gross_difference(expected: Outputs, actual: Outputs) -> str | None:
    """Return in one clause how `actual` differs from `expected` beyond rounding; None if it does not.

    Integers of 32 and 64 bits are indices or counts: rounding may tip one, so they are not judged.
    """
    widths = [{len(batch) for batch in run.batches} for run in (expected, actual)]
    if len(expected.batches) != len(actual.batches) or widths[0] != widths[1]:
        return "the number of outputs differs"
    for index in range(next(iter(widths[0]), 0)):
        wanted = [batch[index] for batch in expected.batches]
        found = [batch[index] for batch in actual.batches]
        clause = _one(wanted, found)
        if clause is not None:
            return f"output {index}: {clause}"
    return None


def _one(wanted: list[Array], found: list[Array]) -> str | None:
    if any(one.size != other.size for one, other in zip(wanted, found, strict=True)):
        return f"{wanted[0].size} elements against {found[0].size}"
    first, second = (np.concatenate([array.reshape(-1) for array in arrays]) for arrays in (wanted, found))
    is_float = first.dtype.kind == "f"
    if second.dtype != first.dtype or not (is_float or (first.dtype.kind in "iu" and first.dtype.itemsize < 4)):
        return None
    nan = np.isnan(first.astype(np.float64)) != np.isnan(second.astype(np.float64))
    if nan.any():
        return f"{int(nan.sum())} of {nan.size} elements are NaN in only one"
    finite = np.isfinite(first.astype(np.float64)) & np.isfinite(second.astype(np.float64))
    one, other = first[finite].astype(np.float64), second[finite].astype(np.float64)
    if not one.size:
        return None
    limit = _SHARE * max(float(np.ptp(one)), float(np.abs(one).max()) * 0.1, 1e-6)
    if not is_float:
        limit = max(limit, _STEPS)
    worst = int(np.abs(one - other).argmax())
    if abs(one[worst] - other[worst]) <= limit:
        return None
    share = float(np.mean(np.abs(one - other) > limit))
    return f"{other[worst]:g} where {one[worst]:g} is meant, {share:.0%} of the elements are as far off"


def disagreement(content: bytes, *, timeout_seconds: float = 60.0) -> str | None:
    """Return in one clause how TFLM differs from desktop LiteRT on a model beyond rounding.

    None if it does not, if either is not installed, or if either does not run the model.
    """
    try:
        litert, tflm = LiteRtRuntime(), TflmRuntime()
    except RuntimeUnavailableError:
        return None
    meant = litert.run(content, COMPARED, timeout_seconds=timeout_seconds)
    found = tflm.run(content, COMPARED, timeout_seconds=timeout_seconds)
    if isinstance(meant, Refusal) or isinstance(found, Refusal):
        return None
    return gross_difference(meant, found)
