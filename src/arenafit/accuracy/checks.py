"""Says what is wrong with samples that have the right shape and type: too few, NaN, constant, out of range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from arenafit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arenafit.accuracy.samples import Array, Port, Samples

# No sensor reading or normalised feature is as large: a value beyond it is a unit error, or memory read as float.
LARGEST_PLAUSIBLE = 1e12
# Evaluation data that reaches beyond the calibrated range by more than this share is clipped noticeably.
TOLERATED_EXCESS = 0.25
_PIECE = 1 << 20  # elements


def check_counts(arrays: Sequence[Array], ports: Sequence[Port], source: str, fewest: int) -> None:
    """Check that all inputs have the same number of samples, and enough of them.

    Raises:
        DataError: if not.
    """
    counts = [len(array) for array in arrays]
    if len(set(counts)) > 1:
        listed = ", ".join(f"'{port.name}' has {count}" for port, count in zip(ports, counts, strict=True))
        raise DataError(f"{source}: the inputs have different numbers of samples: {listed}")
    if counts[0] < fewest:
        raise DataError(
            f"{source}: {counts[0]} sample{'s' * (counts[0] != 1)}; at least {fewest} are needed, "
            "100 or more that cover what the model will meet are better"
        )


def check_values(array: Array, port: Port, source: str) -> None:
    """Check that samples (N, *shape) hold finite, plausible and varying values.

    Raises:
        DataError: naming the first sample that does not.
    """
    where = f"{source}: input '{port.name}'"
    if array.dtype.kind == "f":
        _check_floats(array, where)
    if array.dtype.kind in "fiu" and array.size > 1 and array.min() == array.max():
        raise DataError(f"{where}: is constant ({array.flat[0]:g} everywhere); no range can be learnt from it")
    if len(array) > 1 and array.dtype.kind == "f" and all((piece == array[:1]).all() for piece in in_pieces(array)):
        raise DataError(f"{where}: all {len(array)} samples are equal")


def in_pieces(array: Array) -> Iterator[Array]:
    """Yield the samples (N, *shape) some at a time: what is computed of all at once takes their memory again."""
    step = max(1, _PIECE * len(array) // max(1, array.size))
    for start in range(0, len(array), step):
        yield array[start : start + step]


def _check_floats(array: Array, where: str) -> None:
    flat = array.reshape(len(array), -1)
    finite = np.concatenate([np.isfinite(piece).all(axis=1) for piece in in_pieces(flat)] or [np.ones(0, bool)])
    if not finite.all():
        sample = int(np.argmin(finite))
        kind = "NaN" if np.isnan(flat[sample]).any() else "infinity"
        raise DataError(f"{where}: sample {sample} holds {kind}")
    largest = np.maximum(flat.max(axis=1), -flat.min(axis=1))
    if largest.max(initial=0.0) > LARGEST_PLAUSIBLE:
        sample = int(np.argmax(largest))
        raise DataError(
            f"{where}: sample {sample} holds {largest[sample]:.3g}, which is out of any plausible range "
            f"(beyond {LARGEST_PLAUSIBLE:g}): are these the model's inputs, scaled as in training?"
        )


def warnings_for(calibration: Samples, evaluation: Samples, ports: Sequence[Port]) -> tuple[str, ...]:
    """Return a sentence for each input whose evaluation data leaves the calibrated range: it will be clipped."""
    found = []
    for seen, met, port in zip(calibration.arrays, evaluation.arrays, ports, strict=True):
        low, high = float(seen.min()), float(seen.max())
        excess = max(low - float(met.min()), float(met.max()) - high)
        if seen.dtype.kind == "f" and excess > TOLERATED_EXCESS * (high - low):
            found.append(
                f"input '{port.name}': evaluation data reaches from {met.min():.4g} to {met.max():.4g}, "
                f"calibration only from {low:.4g} to {high:.4g}; what lies outside is clipped"
            )
    return tuple(found)
