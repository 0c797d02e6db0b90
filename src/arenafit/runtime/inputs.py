"""Inputs to run a model with: the same for the same details and seed, on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from arenafit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arenafit.runtime.types import Array, TensorDetails

# Random data first, then the ends of each range, where saturation and padding defects show, values beside which kernels
# round or saturate, floats of every size, and what is no number.
KINDS = ("random", "min", "max", "zero", "edges", "huge", "nonfinite")

# Where activations and roundings of float kernels change: halves, and the bounds of RELU6, HARD_SWISH and their like.
_EDGES = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 6.0, 8.0, 16.0, 88.7)
_SPECIALS = (np.inf, -np.inf, np.nan, -0.0, 0.0, 1e-45, -1e-40, 3.4028235e38, -3.4028235e38, 1e-38)
_SHARE_OF_SPECIALS = 0.1
_LARGEST_EXPONENT = 38


class FramedInputs(tuple["tuple[Array, ...]", ...]):
    """Input sets of a model whose outputs are valid only after the last of each `calls` Invokes."""

    calls: int

    def __new__(cls, sets: Iterable[tuple[Array, ...]], calls: int) -> FramedInputs:
        """Take the sets, `calls` of them a frame."""
        made = super().__new__(cls, sets)
        made.calls = calls
        return made


@dataclass(frozen=True, slots=True)
class Domain:
    """What an input may hold, as numbers stored in it: from `low` to `high`, both included.

    `strict`: the runtime refuses anything else; otherwise only random data keep to it. `step`: the input is rounded to
    multiples of this before anything else happens to it.
    """

    low: float | None = None
    high: float | None = None
    strict: bool = False
    step: float | None = None


@dataclass(frozen=True, slots=True)
class GeneratedInputs:
    """A request for `count` generated input sets, made where the model is loaded, so no array has to travel.

    `domains` says what each input may hold; None, or nothing at all: whatever its type holds.
    """

    count: int = 1
    seed: int = 0
    kinds: tuple[str, ...] = ("random",)
    domains: tuple[Domain | None, ...] = ()


def input_sets(
    details: Sequence[TensorDetails],
    count: int,
    seed: int = 0,
    kinds: Sequence[str] = KINDS,
    domains: Sequence[Domain | None] = (),
) -> tuple[tuple[Array, ...], ...]:
    """Return `count` input sets; each holds one array per input, of its shape and dtype.

    The kinds other than "random" come last, once each, as far as the count leaves room after one random set; the others
    are random and all different. "zero" means the zero point of a quantized input. Float inputs are uniform in [-1, 1],
    with [-1, 1] as the ends of their range; wide integers (32 and 64 bits) are taken from [0, 4), since they are
    mostly indices. "edges" holds values beside which kernels round or saturate, "huge" floats of every magnitude,
    "nonfinite" infinities, NaN, -0.0 and denormals among others; of integers the last two are random.

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
    ports = list(zip(details, [domain or Domain() for domain in domains] or [Domain()] * len(details), strict=True))
    return tuple(tuple(_fill(tensor, domain, kind, generator) for tensor, domain in ports) for kind in plan)


def _fill(tensor: TensorDetails, domain: Domain, kind: str, generator: np.random.Generator) -> Array:
    dtype = np.dtype(tensor.dtype)
    if dtype.kind == "f":
        return _floats(tensor, domain, kind, generator).astype(dtype)
    if dtype.kind == "c":
        real, imaginary = (_floats(tensor, domain, kind, generator) for _ in range(2))
        return np.asarray(real + 1j * imaginary, dtype)
    low, high = _integer_ends(tensor, domain, dtype)
    zero = tensor.zero_points[0] if tensor.zero_points and dtype.kind in "iu" else 0
    if kind in ("zero", "min", "max"):
        value = {"zero": min(max(zero, low), high), "min": low, "max": high}[kind]
        return np.full(tensor.shape, value, dtype)
    if kind == "edges":
        pool = np.clip([low, low + 1, zero - 1, zero, zero + 1, high - 1, high], low, high)
        return generator.choice(pool, tensor.shape).astype(dtype)
    return generator.integers(low, high, tensor.shape, dtype=np.int64, endpoint=True).astype(dtype)


def _floats(tensor: TensorDetails, domain: Domain, kind: str, generator: np.random.Generator) -> Array:
    low, high = _float_ends(domain)
    values: Array = generator.uniform(low, high, tensor.shape)
    if kind in ("zero", "min", "max"):
        values = np.full(tensor.shape, {"zero": 0.0, "min": low, "max": high}[kind])
    elif kind == "edges":
        values = _beside_edges(domain, generator, tensor.shape)
    elif kind == "huge":
        magnitudes = 10.0 ** generator.uniform(-_LARGEST_EXPONENT, _LARGEST_EXPONENT, tensor.shape)
        values = np.where(values < 0, -magnitudes, magnitudes)
    elif kind == "nonfinite":
        special = generator.choice(_SPECIALS, tensor.shape)
        values = np.where(generator.random(tensor.shape) < _SHARE_OF_SPECIALS, special, values)
    if not domain.strict:
        return values
    least, most = (-np.inf if domain.low is None else domain.low), (np.inf if domain.high is None else domain.high)
    return np.clip(np.where(np.isfinite(values), values, high), least, most)


def _beside_edges(domain: Domain, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Edges of either sign, the floats beside them, and half steps of what rounds the input first."""
    edges: Array = np.asarray(generator.choice(_EDGES, shape) * generator.choice((-1.0, 1.0), shape), np.float32)
    if domain.step is not None:
        halves = (generator.integers(-129, 129, shape) + 0.5) * domain.step
        edges = np.where(generator.random(shape) < 1 / 2, halves.astype(np.float32), edges)
    towards: Array = np.asarray(generator.choice((-1e9, 1e9), shape), np.float32)
    return np.asarray(np.where(generator.random(shape) < 1 / 2, edges, np.nextafter(edges, towards)), np.float32)


def _float_ends(domain: Domain) -> tuple[float, float]:
    """The ends of random floats: [-1, 1] as far as the domain allows, else one unit of the domain."""
    low = -1.0 if domain.low is None else max(-1.0, domain.low)
    high = 1.0 if domain.high is None else min(1.0, domain.high)
    if low <= high:
        return low, high
    return (low, low + 1.0) if domain.high is None else (high - 1.0, high)


def _integer_ends(tensor: TensorDetails, domain: Domain, dtype: np.dtype[Any]) -> tuple[int, int]:
    if dtype.kind == "b":
        return 0, 1
    if dtype.kind not in "iu":
        raise DataError(f"input '{tensor.name}' holds {dtype}, for which no inputs can be made: give them")
    info = np.iinfo(dtype)
    ends = (0, 3) if dtype.itemsize >= 4 and domain.high is None else (int(info.min), int(info.max))
    low = ends[0] if domain.low is None else max(int(info.min), int(domain.low))
    high = ends[1] if domain.high is None else min(int(info.max), int(domain.high))
    return low, max(low, high)
