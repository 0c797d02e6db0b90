"""DEPTHWISE_CONV_2D: result o reads channel o // multiplier; a single channel is spread over all results."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from arenafit.ir import Op
from arenafit.ops import Family
from arenafit.rewrites._sites import Site
from arenafit.rewrites.intervals._numbers import whole
from arenafit.rewrites.intervals._weighted import Layer, accumulated, biased, layer, offsets, quant_of, reaches_outside
from arenafit.rewrites.intervals.protocol import (
    Changes,
    Facts,
    Kept,
    Maker,
    Replacement,
    Rule,
    Span,
    Tie,
    Weighted,
    always,
    any_value,
)


@dataclass(frozen=True)
class Depthwise(Rule):
    """The rule of depthwise convolutions over (N, H, W, C)."""

    has_weights: ClassVar[bool] = True

    def _layer(self, site: Site, op: Op) -> Layer | None:
        weights = site.constant(op, 1)
        if weights is None or len(weights.shape) != 4 or not weights.elements or len(site.input(op).shape) != 4:
            return None
        outputs, channels = weights.shape[3], site.input(op).shape[3]
        if weights.quant is None or any(weights.quant.zero_points) or not channels or outputs % channels:
            return None
        return layer(site, op, weights.array().reshape(-1, outputs).T[:, :, None])

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return what the result can hold."""
        found = self._layer(facts.site, op)
        if found is None:
            return [any_value(tensor) for tensor in facts.site.graph.outputs_of(op)]
        low, high = offsets(facts, found, misses_taps=self._misses_taps(facts.site, op))
        outputs = len(found.bias)
        copies = outputs // len(low)
        low, high = np.repeat(low, copies), np.repeat(high, copies)
        positive = whole(np.maximum(found.weights, 0).sum(axis=(1, 2)))
        negative = whole(np.minimum(found.weights, 0).sum(axis=(1, 2)))
        bias = whole(found.bias)
        return [accumulated(found, positive * low + negative * high + bias, positive * high + negative * low + bias)]

    def _misses_taps(self, site: Site, op: Op) -> bool:
        _, height, width, _ = site.input(op, 1).shape
        return reaches_outside(site, op, (height, width))

    def _spreads(self, site: Site, op: Op) -> bool:
        return site.input(op).shape[-1] == 1 and site.output(op).shape[-1] > 1

    def ties(self, site: Site, op: Op) -> Sequence[Tie] | None:
        """Return that results hang on the channel they read; of a single channel, each for itself."""
        found = self._layer(site, op)
        if found is None or self._spreads(site, op):
            return None
        outputs = np.arange(len(found.bias))
        return [Tie(0, 0, outputs // (len(outputs) // site.input(op).shape[-1]), outputs)]

    def weighted(self, site: Site, op: Op) -> Weighted | None:
        """Return how a single channel is spread."""
        found = self._layer(site, op)
        if found is None or not self._spreads(site, op):
            return None
        positive = whole(np.maximum(found.weights, 0).sum(axis=1))
        negative = whole(np.minimum(found.weights, 0).sum(axis=1))
        touched = (positive > 0) | (negative < 0)
        zero, outside = found.read.zero_point, self._misses_taps(site, op)
        return Weighted(0, positive, negative, touched, found.bias, zero, outside, has_room=False)

    def cut(self, site: Site, op: Op, kept: Kept) -> Changes:
        """Return the operator with the weights and biases of the results that stay."""
        tensor = site.constant(op, 1)
        if tensor is None or not kept.cuts(op.outputs[0]):
            return Changes(op.options)
        stays = kept.stays[op.outputs[0]]
        weights = np.ascontiguousarray(tensor.array()[..., stays])
        constants: dict[int, Replacement] = {1: (weights, quant_of(tensor.quant, stays))}
        bias = biased(site, op, 2, np.zeros(len(stays)), stays)
        if bias is not None:
            constants[2] = bias
        options = op.options
        if options is not None and self._spreads(site, op):
            options = options.with_values(depth_multiplier=int(stays.sum()))
        return Changes(options, constants)


RULES: dict[Family, Maker] = {Family.DEPTHWISE: always(Depthwise())}
