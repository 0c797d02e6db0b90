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
    from collections.abc import Iterable, Iterator

    from arenafit.runtime.types import Array, Outputs

# Input sets that are compared; the ends of the range saturate alike in every runtime.
COMPARED = GeneratedInputs(4, 0, ("random",))
# What rounding in another order may do, as a share of the range of the output; in steps for 8 bits.
_SHARE = 0.1
_STEPS = 8
_PIECE = 1 << 20


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
    dtype = wanted[0].dtype
    is_float = dtype.kind == "f"
    if found[0].dtype != dtype or not (is_float or (dtype.kind in "iu" and dtype.itemsize < 4)):
        return None
    odd = sum(int((np.isnan(one) != np.isnan(other)).sum()) for one, other in _pieces(wanted, found))
    if odd:
        return f"{odd} of {sum(array.size for array in wanted)} elements are NaN in only one"
    ends = [(float(one.min()), float(one.max())) for one, _ in _finite(wanted, found)]
    if not ends:
        return None
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    limit = _SHARE * max(high - low, max(abs(low), abs(high)) * 0.1, 1e-6)
    if not is_float:
        limit = max(limit, _STEPS)
    return _beyond(limit, _finite(wanted, found))


def _beyond(limit: float, pairs: Iterable[tuple[Array, Array]]) -> str | None:
    """Return in one clause how far two runs are off at worst; None if nowhere beyond `limit`."""
    worst, meant, got, far, count = limit, 0.0, 0.0, 0, 0
    for one, other in pairs:
        off = np.abs(one - other)
        place = int(off.argmax())
        if off[place] > worst:
            worst, meant, got = float(off[place]), float(one[place]), float(other[place])
        far, count = far + int((off > limit).sum()), count + off.size
    return f"{got:g} where {meant:g} is meant, {far / count:.0%} of the elements are as far off" if far else None


def _finite(wanted: list[Array], found: list[Array]) -> Iterator[tuple[Array, Array]]:
    """Yield what is finite in both."""
    for one, other in _pieces(wanted, found):
        both = np.isfinite(one) & np.isfinite(other)
        if both.any():
            yield one[both], other[both]


def _pieces(wanted: list[Array], found: list[Array]) -> Iterator[tuple[Array, Array]]:
    """Yield both outputs in pieces as float64: as a whole large ones would take several times their memory."""
    for one, other in zip(wanted, found, strict=True):
        first, second = one.reshape(-1), other.reshape(-1)
        for start in range(0, first.size, _PIECE):
            part = slice(start, start + _PIECE)
            yield first[part].astype(np.float64), second[part].astype(np.float64)


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
