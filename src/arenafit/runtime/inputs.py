"""Inputs to run a model with: the same for the same details and seed, on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from arenafit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arenafit.runtime.types import Array, TensorDetails

# Random data first, then the ends of each range, where saturation and padding defects show.
KINDS = ("random", "min", "max", "zero")


@dataclass(frozen=True, slots=True)
class GeneratedInputs:
    """A request for `count` generated input sets, made where the model is loaded, so no array has to travel."""

    count: int = 1
    seed: int = 0
    kinds: tuple[str, ...] = ("random",)


def input_sets(
    details: Sequence[TensorDetails], count: int, seed: int = 0, kinds: Sequence[str] = KINDS
) -> tuple[tuple[Array, ...], ...]:
    """Return `count` input sets; each holds one array per input, of its shape and dtype.

    The kinds other than "random" come last, once each, as far as `count` leaves room after one random set; the others
    are random and all different. "zero" means the zero point of a quantized input. Float inputs are uniform in [-1, 1],
    with [-1, 1] as the ends of their range; wide integers (32 and 64 bits) are taken from [0, 4), since they are
    mostly indices.

    Raises:
        DataError: for an unknown kind or a dtype that has no numbers (strings).
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown or not kinds:
        raise DataError(f"unknown kinds of inputs {unknown}: choose from {', '.join(KINDS)}")
    extremes = [kind for kind in kinds if kind != "random"]
    kept = extremes[: max(0, count - 1)] if "random" in kinds else [extremes[i % len(extremes)] for i in range(count)]
    plan = ["random"] * (count - len(kept)) + kept
    generator = np.random.default_rng(seed)
    return tuple(tuple(_fill(tensor, kind, generator) for tensor in details) for kind in plan)


def _fill(tensor: TensorDetails, kind: str, generator: np.random.Generator) -> Array:
    dtype = np.dtype(tensor.dtype)
    if kind == "random":
        return _random(tensor, dtype, generator)
    if kind == "zero":
        value = tensor.zero_points[0] if tensor.zero_points and dtype.kind in "iu" else 0
        return np.full(tensor.shape, value, dtype)
    low, high = _ends(tensor, dtype)
    return np.full(tensor.shape, low if kind == "min" else high, dtype)


def _random(tensor: TensorDetails, dtype: np.dtype[Any], generator: np.random.Generator) -> Array:
    low, high = _ends(tensor, dtype)
    if dtype.kind == "f":
        return generator.uniform(low, high, tensor.shape).astype(dtype)
    if dtype.kind == "c":
        real, imaginary = generator.uniform(low, high, (2, *tensor.shape))
        return np.asarray(real + 1j * imaginary, dtype)
    return generator.integers(low, high, tensor.shape, dtype=np.int64, endpoint=True).astype(dtype)


def _ends(tensor: TensorDetails, dtype: np.dtype[Any]) -> tuple[int, int]:
    if dtype.kind in "fc":
        return -1, 1
    if dtype.kind == "b":
        return 0, 1
    if dtype.kind not in "iu":
        raise DataError(f"input '{tensor.name}' holds {dtype}, for which no inputs can be made: give them")
    if dtype.itemsize >= 4:
        return 0, 3
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)
