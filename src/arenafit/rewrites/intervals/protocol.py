"""What an operator tells about channels: the values its results can hold, and which channels hang on which."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Op, Options, Quant, Tensor, TensorId, holds_plain_data
from arenafit.ops import Family, Operator
from arenafit.rewrites._sites import Site

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Replacement = tuple[NDArray[Any], Quant | None]  # what stands in the place of a constant

_BOUNDED = (DType.INT8, DType.UINT8, DType.INT16)


@dataclass(frozen=True, slots=True)
class Span:
    """The least and the greatest stored value that each channel can hold, both of shape (channels,)."""

    low: Integers
    high: Integers

    @property
    def fixed(self) -> Mask:
        """Which channels can hold one value only."""
        return np.asarray(self.low == self.high, np.bool_)

    def over(self, channels: int) -> "Span":
        """Return the span of `channels` channels: this one, or its one channel for all."""
        if len(self.low) == channels:
            return self
        return Span(np.full(channels, self.low.min()), np.full(channels, self.high.max()))

    def joined(self, other: "Span") -> "Span":
        """Return the span that holds whatever either does."""
        return Span(np.minimum(self.low, other.low), np.maximum(self.high, other.high))

    def take(self, channels: Integers) -> "Span":
        """Return the span of these channels, in this order."""
        return Span(self.low[channels], self.high[channels])


def channels_of(tensor: Tensor) -> int:
    """Return the extent of the last axis; 1 for a scalar."""
    return tensor.shape[-1] if tensor.shape else 1


def any_value(tensor: Tensor) -> Span | None:
    """Return the span of a tensor nothing is known about; None if its values are no small integers."""
    if tensor.dtype not in _BOUNDED:
        return None
    kind = np.iinfo(str(tensor.dtype.numpy))
    count = channels_of(tensor)
    return Span(np.full(count, kind.min, np.int64), np.full(count, kind.max, np.int64))


@dataclass(frozen=True)
class Facts:
    """A graph, and what is known of its tensors so far."""

    site: Site
    spans: Mapping[TensorId, Span]
    _constants: dict[TensorId, Span | None] = field(default_factory=dict)

    def span(self, tensor: Tensor) -> Span | None:
        """Return what the channels of `tensor` can hold; None if that is no range of small integers."""
        if not tensor.is_constant:
            known = self.spans.get(tensor.id)
            return any_value(tensor) if known is None else known
        if tensor.id not in self._constants:
            self._constants[tensor.id] = _span_of_constant(tensor)
        return self._constants[tensor.id]


def _span_of_constant(tensor: Tensor) -> Span | None:
    if tensor.dtype not in _BOUNDED or not holds_plain_data(tensor) or not tensor.elements:
        return any_value(tensor)
    rows = tensor.array().astype(np.int64).reshape(-1, channels_of(tensor))
    return Span(rows.min(axis=0), rows.max(axis=0))


@dataclass(frozen=True, slots=True)
class Tie:
    """Channel `written[i]` of a result is computed from channel `read[i]` of an operand, beside others or alone.

    Attributes:
        operand: position among the operator's inputs.
        result: position among its outputs.
        read: channels of the operand.
        written: channels of the result.
        mutual: neither channel can be left out without the other; else the operand's may stay alone.
    """

    operand: int
    result: int
    read: Integers
    written: Integers
    mutual: bool = True


@dataclass(frozen=True)
class Weighted:
    """An operator that mixes channels: y[o] = requantise(bias[o] + sum of weights[o, t, c] * (x[t, c] - zero point)).

    Attributes:
        source: position of x among the inputs.
        positive: the sum over taps of the positive weights, shape (outputs, channels).
        negative: that of the negative ones.
        touched: whether any weight is not zero.
        bias: shape (outputs,).
        zero_point: of x.
        misses_taps: taps may lie outside of x, where they add nothing.
        has_room: the bias can take in what constant channels add.
    """

    source: int
    positive: NDArray[np.float64]
    negative: NDArray[np.float64]
    touched: Mask
    bias: Integers
    zero_point: int
    misses_taps: bool
    has_room: bool

    @property
    def total(self) -> NDArray[np.float64]:
        """The sum over taps of all weights, shape (outputs, channels)."""
        return self.positive + self.negative


@dataclass(frozen=True, slots=True)
class Changes:
    """What changes about an operator whose channels are cut: options, and new constants at positions of its inputs."""

    options: Options | None
    constants: Mapping[int, Replacement] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """Which channels of each tensor stay, and which of these matter: the others may hold anything.

    `fixed` are the spans; tensors that are not named stay whole.
    """

    stays: Mapping[TensorId, Mask]
    needed: Mapping[TensorId, Mask]
    spans: Mapping[TensorId, Span]

    def cuts(self, tensor: TensorId) -> bool:
        """Whether channels of `tensor` go."""
        return tensor in self.stays and not bool(self.stays[tensor].all())


@dataclass(frozen=True)
class Rule:
    """What an operator tells; this one tells nothing. `has_weights`: its channels cost weights and multipliers."""

    has_weights: ClassVar[bool] = False

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return what each result can hold."""
        return [any_value(tensor) for tensor in facts.site.graph.outputs_of(op)]

    def ties(self, _site: Site, _op: Op) -> Sequence[Tie] | None:
        """Return how channels of results hang on channels of operands; None: on all of them, or nobody knows."""
        return None

    def weighted(self, _site: Site, _op: Op) -> Weighted | None:
        """Return how the operator mixes channels, if it does so by constant weights."""
        return None

    def cut(self, _site: Site, op: Op, _kept: Kept) -> Changes:
        """Return what changes about the operator when only some channels stay, shapes of its results aside."""
        return Changes(op.options)


# From the facts about an operator to its rule; None where these do not suffice.
Maker = Callable[[Operator], Rule | None]


def always(rule: Rule) -> Maker:
    """Return the maker of one rule for all operators of a family."""
    return lambda _: rule


def accept(part: object) -> dict[Family, Maker]:
    """Return `part` if it is a table of rules by family.

    Raises:
        TypeError: if it is none.
    """
    if not isinstance(part, dict) or not all(isinstance(key, Family) and callable(part[key]) for key in part):
        raise TypeError(f"{part!r} is no table of rules")
    return part
