"""Convolutions and dense layers: accumulators over constant int8 weights, and how these are cut."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Op, Quant, Tensor
from arenafit.rewrites._padding import window
from arenafit.rewrites._sites import SAME, Site
from arenafit.rewrites.intervals._numbers import (
    Rounding,
    Scale,
    clearness,
    limits,
    overflows,
    requantised,
    scale_of,
    whole,
)
from arenafit.rewrites.intervals.protocol import (
    Changes,
    Facts,
    Integers,
    Kept,
    Mask,
    Replacement,
    Rule,
    Span,
    Tie,
    Weighted,
    any_value,
    channels_of,
)

_ROOM = float(1 << 31)


@dataclass(frozen=True)
class Layer:
    """A layer of constant weights that kernels of int8 and int16 activations run.

    `weights` has the shape (outputs, taps, channels), zero points taken off; `factor` turns accumulators into steps.
    """

    source: Tensor
    result: Tensor
    read: Scale
    written: Scale
    weights: NDArray[np.int64]
    bias: Integers
    factor: NDArray[np.float64]
    bounds: tuple[int, int]
    has_room: bool


def layer(site: Site, op: Op, arranged: NDArray[Any], places: tuple[int, int, int] = (0, 1, 2)) -> Layer | None:
    """Return the layer of `op`; None unless kernels, scales and constants are such that its accumulators are known.

    Args:
        site: the graph.
        op: the operator.
        arranged: its weights as (outputs, taps, channels).
        places: positions of the source, the weights and the bias among the inputs.
    """
    source, result, weights = site.input(op, places[0]), site.output(op), site.constant(op, places[1])
    read, written = scale_of(source), scale_of(result)
    known = weights is not None and weights.quant is not None and not weights.quant.extras
    if weights is None or weights.quant is None or read is None or written is None or not known:
        return None
    scales = np.asarray(weights.quant.scales, np.float64)
    outputs = arranged.shape[0]
    sizes_agree = len(scales) in (1, outputs) and channels_of(result) == outputs
    if weights.dtype is not DType.INT8 or source.dtype is not result.dtype or not sizes_agree:
        return None
    bias = _bias(site, op, places[2], outputs)
    activation = int((op.options.get("fused_activation_function") if op.options else None) or 0)
    bounds = limits(result, written, activation)
    if bias is None or bounds is None or not np.all(np.isfinite(scales) & (scales > 0)):
        return None
    factor = np.broadcast_to(read.size * scales / written.size, (outputs,))
    # TFLM's kernels of 16-bit activations take biases of 64 bits: none is made for them.
    has_room = source.dtype is DType.INT8
    return Layer(source, result, read, written, arranged.astype(np.int64), bias, factor, bounds, has_room)


def _bias(site: Site, op: Op, place: int, outputs: int) -> Integers | None:
    if place >= len(op.inputs) or op.inputs[place] is None:
        return np.zeros(outputs, np.int64)
    bias = site.constant(op, place)
    if bias is None or bias.dtype not in (DType.INT32, DType.INT64) or bias.elements != outputs:
        return None
    return bias.array().reshape(-1).astype(np.int64)


def accumulated(found: Layer, low: NDArray[np.float64], high: NDArray[np.float64]) -> Span:
    """Return what results can hold whose accumulators lie between `low` and `high`, bias included."""
    zero = found.written.zero_point
    steps = low * found.factor + zero, high * found.factor + zero
    span = requantised(*steps, found.result, found.bounds, Rounding(clear=clearness(found.factor)))
    lost = overflows(low, high, found.factor, found.source)
    return Span(np.where(lost, found.bounds[0], span.low), np.where(lost, found.bounds[1], span.high))


def offsets(facts: Facts, found: Layer, *, misses_taps: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the greatest x - zero point of each channel; 0 among them where taps lie outside."""
    span = facts.span(found.source) or any_value(found.source)
    if span is None:
        raise TypeError(f"tensor '{found.source.name}' of {found.source.dtype.label} holds no small integers")
    low, high = whole(span.low) - found.read.zero_point, whole(span.high) - found.read.zero_point
    return (np.minimum(low, 0.0), np.maximum(high, 0.0)) if misses_taps else (low, high)


def reaches_outside(site: Site, op: Op, kernel: tuple[int, int]) -> bool:
    """Whether a window operator over (N, H, W, C) reads beyond its input for some result."""
    options = op.options
    if options is None or options.get("padding") != SAME:
        return False
    shape = site.input(op).shape
    for axis, name, size in ((1, "h", kernel[0]), (2, "w", kernel[1])):
        stride, dilation = int(options[f"stride_{name}"]), int(options.get(f"dilation_{name}_factor", 1) or 1)
        if stride < 1:
            return True
        outputs, _ = window(shape[axis], size, stride, dilation, SAME)
        if (outputs - 1) * stride + (size - 1) * dilation + 1 > shape[axis]:
            return True
    return False


@dataclass(frozen=True)
class Mixing(Rule):
    """The rule of layers whose every result reads every channel.

    `arrange(site, op)` returns the weights as (outputs, taps, channels) and whether taps may lie outside; None if the
    layer is of another kind. `places` are the positions of source, weights and bias among the inputs.
    """

    has_weights: ClassVar[bool] = True
    arrange: Callable[[Site, Op], tuple[NDArray[Any], bool] | None]
    places: tuple[int, int, int] = (0, 1, 2)

    def _layer(self, site: Site, op: Op) -> tuple[Layer, bool] | None:
        arranged = self.arrange(site, op)
        found = None if arranged is None else layer(site, op, arranged[0], self.places)
        return None if arranged is None or found is None else (found, arranged[1])

    def spans(self, facts: Facts, op: Op) -> list[Span | None]:
        """Return what the result can hold."""
        made = self._layer(facts.site, op)
        if made is None:
            return [any_value(tensor) for tensor in facts.site.graph.outputs_of(op)]
        found, misses_taps = made
        low, high = offsets(facts, found, misses_taps=misses_taps)
        positive, negative = _halves(found.weights)
        bias = whole(found.bias)
        return [
            accumulated(found, positive @ low + negative @ high + bias, positive @ high + negative @ low + bias),
        ]

    def weighted(self, site: Site, op: Op) -> Weighted | None:
        """Return how the operator mixes channels."""
        made = self._layer(site, op)
        if made is None:
            return None
        found, misses_taps = made
        positive, negative = _halves(found.weights)
        touched = (positive > 0) | (negative < 0)
        zero = found.read.zero_point
        return Weighted(
            self.places[0], positive, negative, touched, found.bias, zero, misses_taps, has_room=found.has_room
        )

    def cut(self, site: Site, op: Op, kept: Kept) -> Changes:
        """Return the operator's weights and bias without the channels that go; what these added is in the bias."""
        source, weights, bias = self.places
        mixing = self.weighted(site, op)
        tensor = site.constant(op, weights)
        if mixing is None or tensor is None:
            return Changes(op.options)
        rows = kept.stays.get(op.outputs[0], np.ones(len(mixing.bias), np.bool_))
        array = tensor.array().copy()
        added = np.zeros(len(mixing.bias))
        operand = site.input(op, source).id
        if operand in kept.stays:
            zero_weight = int(tensor.quant.zero_points[0]) if tensor.quant and tensor.quant.zero_points else 0
            added = contributions(mixing, kept.spans[operand], ~kept.needed[operand])
            copies = array.shape[-1] // len(kept.stays[operand])
            array[..., np.tile(~kept.needed[operand], copies)] = zero_weight
            array = array[..., np.tile(kept.stays[operand], copies)]
        constants: dict[int, Replacement] = {weights: (np.ascontiguousarray(array[rows]), quant_of(tensor.quant, rows))}
        changed = biased(site, op, bias, added, rows)
        if changed is not None:
            constants[bias] = changed
        return Changes(op.options, constants)


def biased(
    site: Site, op: Op, place: int, added: NDArray[np.float64], rows: Mask
) -> tuple[NDArray[Any], Quant | None] | None:
    """Return the bias with `added` in it, of the outputs that stay; None if there is none and none is needed."""
    tensor = site.constant(op, place)
    more = added.astype(np.int64)
    if tensor is not None:
        values = (tensor.array().reshape(-1).astype(np.int64) + more).astype(tensor.dtype.numpy)
        return values[rows], quant_of(tensor.quant, rows)
    if not more.any():
        return None
    weights, source = site.input(op, place - 1).quant, scale_of(site.input(op))
    if weights is None or source is None:
        return None
    scales = tuple(float(np.float32(scale) * np.float32(source.size)) for scale in weights.scales)
    made = Quant(scales, (0,) * len(scales), 0)
    return more[rows].astype(np.int32), quant_of(made, rows)


def contributions(mixing: Weighted, span: Span, gone: Mask) -> NDArray[np.float64]:
    """Return what the channels `gone` add to each accumulator; those that hold more than one value touch nothing."""
    constant = gone & span.fixed
    if mixing.misses_taps:
        constant &= span.low != mixing.zero_point  # which adds nothing, inside or outside
    values = np.where(constant, whole(span.low) - mixing.zero_point, 0.0)
    return np.asarray(mixing.total @ values, np.float64)


def can_be_folded(mixing: Weighted, span: Span) -> Mask:
    """Return the channels whose one value the bias can take in."""
    if mixing.misses_taps:
        return np.asarray(span.fixed & (span.low == mixing.zero_point), np.bool_)
    neutral = np.asarray(span.fixed & (span.low == mixing.zero_point), np.bool_)
    if not mixing.has_room:
        return neutral
    values = np.where(span.fixed, np.abs(whole(span.low) - mixing.zero_point), 0.0)
    most = np.abs(mixing.total) @ values + np.abs(whole(mixing.bias))
    return neutral if bool((most >= _ROOM).any()) else span.fixed


def quant_of(quant: Quant | None, rows: Mask) -> Quant | None:
    """Return the quantisation of the rows that stay, where it has an entry for each."""
    if quant is None:
        return None

    def part(values: tuple[Any, ...]) -> tuple[Any, ...]:
        one_each = len(values) == len(rows) and len(values) > 1
        return tuple(value for value, stays in zip(values, rows, strict=True) if stays) if one_each else values

    return replace(
        quant,
        scales=part(quant.scales),
        zero_points=part(quant.zero_points),
        minimum=part(quant.minimum),
        maximum=part(quant.maximum),
    )


def _halves(weights: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (
        np.maximum(weights, 0).sum(axis=1).astype(np.float64),
        np.minimum(weights, 0).sum(axis=1).astype(np.float64),
    )


def tied(op: Op, read: Integers, written: Integers) -> list[Tie]:
    """Return the tie of an operator's first operand and result."""
    return [Tie(0, 0, read, written)] if op.outputs else []
