"""Operators that compute each channel from the same channel of their operands, and those that move values alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from arenafit.ir import Op, Tensor, same_quant
from arenafit.ops import Operands
from arenafit.ops.real import IDENTITY, UnaryFunction
from arenafit.rewrites._sites import Site
from arenafit.rewrites.intervals._numbers import Reals, Rounding, limits, requantised, scale_of, whole
from arenafit.rewrites.intervals._weighted import quant_of
from arenafit.rewrites.intervals.protocol import (
    Changes,
    Facts,
    Integers,
    Kept,
    Replacement,
    Rule,
    Span,
    Tie,
    any_value,
    channels_of,
)


def fused_activation(op: Op) -> int:
    """Return the fused activation in the options of `op`, NONE where there is none."""
    return int((op.options.get("fused_activation_function") if op.options else None) or 0)


def nothing_known(facts: Facts, op: Op) -> list[Span | None]:
    """Return the spans of results nothing is known about."""
    return [any_value(tensor) for tensor in facts.site.graph.outputs_of(op)]


@dataclass(frozen=True)
class Channelwise(Rule):
    """Ties every operand that is as wide as the result to it channel by channel; constants are cut along."""

    operands: tuple[int, ...] | None = None  # positions that are read channel by channel; all by default

    def _positions(self, op: Op) -> Sequence[int]:
        return range(len(op.inputs)) if self.operands is None else self.operands

    def ties(self, site: Site, op: Op) -> Sequence[Tie] | None:
        """Return one tie for each operand; None if one is neither of the result's width nor of one channel."""
        if len(op.outputs) != 1 or any(position >= len(op.inputs) for position in self._positions(op)):
            return None
        width = channels_of(site.output(op))
        found = []
        for position in self._positions(op):
            operand = site.input(op, position)
            own = channels_of(operand)
            if (own not in (1, width)) or (operand.is_constant and not _can_be_cut(site, op, position)):
                return None
            everywhere = np.arange(width)
            mutual = own == width
            found.append(Tie(position, 0, everywhere if mutual else np.zeros(width, np.int64), everywhere, mutual))
        return found

    def cut(self, site: Site, op: Op, kept: Kept) -> Changes:
        """Return the operator with its wide constants cut along the last axis."""
        if not kept.cuts(op.outputs[0]):
            return Changes(op.options)
        stays = kept.stays[op.outputs[0]]
        constants: dict[int, Replacement] = {}
        for position in self._positions(op):
            tensor = site.constant(op, position)
            if tensor is not None and channels_of(tensor) == len(stays):
                part = np.ascontiguousarray(tensor.array()[..., stays])
                constants[position] = part, quant_of(tensor.quant, stays)
        return Changes(op.options, constants)


def _can_be_cut(site: Site, op: Op, position: int) -> bool:
    tensor = site.constant(op, position)
    return tensor is not None and (tensor.quant is None or len(tensor.quant.scales) <= 1)


@dataclass(frozen=True)
class Moving(Channelwise):
    """An operator whose results are values of its first operand, or values between two of them, channel by channel."""

    operands: tuple[int, ...] | None = (0,)

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return the operand's span, clamped by a fused activation."""
        source, result = facts.site.input(op), facts.site.output(op)
        span, scale = facts.span(source), scale_of(result)
        if span is None or source.dtype is not result.dtype or not same_quant(source.quant, result.quant):
            return nothing_known(facts, op)
        bounds = None if scale is None else limits(result, scale, fused_activation(op))
        if bounds is None or len(op.outputs) != 1 or len(span.low) != channels_of(result):
            return nothing_known(facts, op)
        return [Span(np.clip(span.low, *bounds), np.clip(span.high, *bounds))]


@dataclass(frozen=True)
class Padding(Moving):
    """An operator that adds values around its operand, along other axes than the last."""

    def ties(self, site: Site, op: Op) -> Sequence[Tie] | None:
        """Return that channels are read one by one, where none are added."""
        amounts = site.constant(op, 1)
        if amounts is None or amounts.elements < 2 or amounts.array().reshape(-1, 2)[-1].any():
            return None
        return Channelwise.ties(self, site, op)

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return the operand's span and the value that is added."""
        if self.ties(facts.site, op) is None:
            return nothing_known(facts, op)
        span, *_ = Moving.spans(self, facts, op)  # a malformed operator may have more outputs
        added = self._added(facts, op)
        return [span if span is None or added is None else span.joined(added.over(len(span.low)))]

    def _added(self, facts: Facts, op: Op) -> Span | None:
        if len(op.inputs) > 2 and op.inputs[2] is not None:
            return facts.span(facts.site.input(op, 2))
        scale = scale_of(facts.site.output(op))
        zero = np.full(1, scale.zero_point if scale else 0, np.int64)
        return Span(zero, zero)


@dataclass(frozen=True)
class Unary(Channelwise):
    """A function of real numbers, value by value, and the activation that its kernel clamps stored values by.

    With more `spare` steps than 1 no result is ever constant.
    """

    operands: tuple[int, ...] | None = (0,)
    function: UnaryFunction = IDENTITY
    activation: int = 0
    spare: int = 1

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return the values of the function between the ends of the operand's span."""
        source, result = facts.site.input(op), facts.site.output(op)
        span, read, written = facts.span(source), scale_of(source), scale_of(result)
        if span is None or read is None or written is None or channels_of(source) != channels_of(result):
            return nothing_known(facts, op)
        bounds = limits(result, written, self.activation)
        ends = [(whole(end) - read.zero_point) * read.size for end in (span.low, span.high)]
        inside = [np.clip(np.full_like(ends[0], turn), ends[0], ends[1]) for turn in self.function.turns]
        at = Operands(op, facts.site.graph)
        steps = [self.function.value(at, values) / written.size + written.zero_point for values in (*ends, *inside)]
        if bounds is None:
            return nothing_known(facts, op)
        low, high = np.minimum.reduce(steps), np.maximum.reduce(steps)
        return [requantised(low, high, result, bounds, Rounding(self.spare, span.fixed))]


@dataclass(frozen=True)
class Binary(Channelwise):
    """A function of two real numbers, value by value, extreme where both operands are at ends of their spans."""

    operands: tuple[int, ...] | None = (0, 1)
    function: Callable[[Reals, Reals], Reals] = field(default=lambda left, right: left + right)
    spare: int = 1

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return the values of the function between the ends of both spans."""
        result = facts.site.output(op)
        written = scale_of(result)
        bounds = None if written is None else limits(result, written, fused_activation(op))
        ends = [_real_ends(facts, facts.site.input(op, position), channels_of(result)) for position in (0, 1)]
        left, right = ends
        if written is None or bounds is None or left is None or right is None:
            return nothing_known(facts, op)
        corners = [self.function(one, other) / written.size + written.zero_point for one in left for other in right]
        low, high = np.minimum.reduce(corners), np.maximum.reduce(corners)
        fixes = np.asarray((left[0] == left[1]) & (right[0] == right[1]), np.bool_)
        # A product with a constant nought is nought whatever the other factor.
        fixes |= (low == high) & (np.round(low) == low)
        return [requantised(low, high, result, bounds, Rounding(self.spare, fixes))]


def _real_ends(facts: Facts, tensor: Tensor, width: int) -> tuple[Reals, Reals] | None:
    span, scale = facts.span(tensor), scale_of(tensor)
    if span is None or scale is None or len(span.low) not in (1, width):
        return None
    wide = span.over(width)
    return (whole(wide.low) - scale.zero_point) * scale.size, (whole(wide.high) - scale.zero_point) * scale.size


@dataclass(frozen=True)
class Choosing(Channelwise):
    """MAXIMUM and MINIMUM: kernels compare stored values, whatever the quantisation."""

    operands: tuple[int, ...] | None = (0, 1)
    function: Callable[[Integers, Integers], Integers] = field(default=np.maximum)

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return the function of the ends."""
        result = facts.site.output(op)
        width = channels_of(result)
        left, right = (facts.span(facts.site.input(op, position)) for position in (0, 1))
        if left is None or right is None or any(len(span.low) not in (1, width) for span in (left, right)):
            return nothing_known(facts, op)
        one, other = left.over(width), right.over(width)
        return [Span(self.function(one.low, other.low), self.function(one.high, other.high))]


@dataclass(frozen=True)
class Reducing(Channelwise):
    """A reduction over axes other than the last: `counts` says that it adds up, else it stays among its operands."""

    operands: tuple[int, ...] | None = (0,)
    counts: bool = False

    def ties(self, site: Site, op: Op) -> Sequence[Tie] | None:
        """Return that channels are reduced one by one, where the last axis is none of those reduced."""
        axes, rank = site.constant(op, 1), len(site.input(op).shape)
        if axes is None or not rank or any(int(axis) % rank == rank - 1 for axis in axes.array().reshape(-1)):
            return None
        return Channelwise.ties(self, site, op)

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return the operand's span in the result's quantisation, times the number of values if these are added up."""
        source, result = facts.site.input(op), facts.site.output(op)
        span, read, written = facts.span(source), scale_of(source), scale_of(result)
        bounds = None if written is None else limits(result, written, 0)
        if self.ties(facts.site, op) is None or span is None or read is None or written is None or bounds is None:
            return nothing_known(facts, op)
        times = source.elements // max(1, result.elements) if self.counts else 1
        ends = [
            (whole(end) - read.zero_point) * (times * read.size / written.size) + written.zero_point
            for end in (span.low, span.high)
        ]
        return [requantised(ends[0], ends[1], result, bounds)]


class Mirroring(Padding):
    """The rule of MIRROR_PAD, which adds nothing that was not there."""

    def _added(self, _facts: Facts, _op: Op) -> Span | None:
        return None


@dataclass(frozen=True)
class Clamping(Moving):
    """An activation whose kernel clamps stored values and requantises nothing (RELU6 in activations_common.cc)."""

    activation: int = 0

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return the operand's span, clamped."""
        span, *_ = super().spans(facts, op)  # a malformed operator may have more outputs
        result = facts.site.output(op)
        scale = scale_of(result)
        bounds = None if scale is None else limits(result, scale, self.activation)
        if span is None or bounds is None:
            return [span]
        return [Span(np.clip(span.low, *bounds), np.clip(span.high, *bounds))]
