"""Which channels of a graph can hold one value only, and which nobody needs.

Spans go forward: what each channel can hold for any input there can be. Needs go backward: a channel is needed if an
operator that is no layer of constant weights reads it, or if a layer multiplies it by a weight that is not zero for a
channel of its own that is needed, unless the channel is constant and the layer's bias can take in what it adds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Op, Tensor, TensorId
from arenafit.rewrites._sites import Site
from arenafit.rewrites.intervals import Facts, Span, Tie, Weighted, rule_of
from arenafit.rewrites.intervals._weighted import can_be_folded
from arenafit.rewrites.intervals.protocol import Kept, Mask, any_value


@dataclass(frozen=True)
class LiveChannels:
    """The channels of one graph: what they can hold, and which stay.

    Of a layer whose channels come in groups of `lanes` whole groups stay.
    """

    site: Site
    lanes: int

    @cached_property
    def spans(self) -> dict[TensorId, Span]:
        """What each channel of each tensor that is computed can hold; tensors without an entry hold no such values."""
        found: dict[TensorId, Span] = {}
        facts = Facts(self.site, found)
        for op in self.site.graph.ops:
            made = rule_of(op).spans(facts, op)
            # A malformed operator may have more outputs than its rule knows: of these nothing is known.
            found.update((output, span) for output, span in zip(op.outputs, made, strict=False) if span is not None)
        return found

    def span(self, tensor: TensorId) -> Span | None:
        """Return what the channels of a tensor that is no constant can hold."""
        return self.spans.get(tensor) or any_value(self.site.graph.tensor(tensor))

    @cached_property
    def kept(self) -> Kept:
        """Which channels stay, and which of these are needed."""
        needed = self._needed()
        return Kept(self._filled_up(needed), needed, self.spans)

    @cached_property
    def computed(self) -> tuple[Op, ...]:
        """The layers of constant weights, whose channels are counted."""
        known = (op for op in self.site.graph.ops if op.id in self._weighted or op.id in self._ties)
        return tuple(op for op in known if rule_of(op).has_weights)

    @cached_property
    def _weighted(self) -> dict[int, Weighted]:
        found = ((op.id, rule_of(op).weighted(self.site, op)) for op in self.site.graph.ops)
        return {op_id: layer for op_id, layer in found if layer is not None}

    @cached_property
    def _ties(self) -> dict[int, tuple[Tie, ...]]:
        found = ((op.id, rule_of(op).ties(self.site, op)) for op in self.site.graph.ops)
        return {op_id: tuple(ties) for op_id, ties in found if ties is not None}

    def _cuttable(self) -> Iterator[Tensor]:
        """Tensors whose channels may go, should every operator around them allow it."""
        graph = self.site.graph
        for tensor_id in graph.producers:
            tensor = graph.tensor(tensor_id)
            per_channel = tensor.quant is not None and (len(tensor.quant.scales) > 1 or bool(tensor.quant.extras))
            if tensor_id not in self.site.named and not tensor.is_variable and tensor.shape and not per_channel:
                yield tensor

    def _needed(self) -> dict[TensorId, Mask]:
        masks = {tensor.id: np.zeros(tensor.shape[-1], np.bool_) for tensor in self._cuttable()}
        for op in self.site.graph.ops:
            known = op.id in self._ties or op.id in self._weighted
            for tensor in () if known else (*op.operands, *op.outputs, *op.intermediates):
                if tensor in masks:
                    masks[tensor][:] = True
        news = True
        while news:
            news = False
            for op in reversed(self.site.graph.ops):
                news |= self._spread(op, masks)
                news |= self._demand(op, masks)
        return masks

    def _demand(self, op: Op, masks: dict[TensorId, Mask]) -> bool:
        """Mark what a layer reads for the channels it must compute; return whether that is news."""
        layer = self._weighted.get(op.id)
        source = None if layer is None else op.inputs[layer.source]
        if layer is None or source not in masks:
            return False
        rows = masks.get(op.outputs[0], np.ones(len(layer.bias), np.bool_))
        read = np.asarray(layer.touched[rows].any(axis=0), np.bool_)
        span = self.span(source)
        if span is not None:
            read &= ~can_be_folded(layer, span)
        return _mark(masks[source], read)

    def _spread(self, op: Op, masks: dict[TensorId, Mask]) -> bool:
        """Mark what stays with what is marked; return whether that is news."""
        news = False
        for tie in self._ties.get(op.id, ()):
            read, written = op.inputs[tie.operand], op.outputs[tie.result]
            result = masks.get(written)
            marked = np.ones(len(tie.written), np.bool_) if result is None else result[tie.written]
            if read is not None and read in masks:
                news |= _mark(masks[read], _at(tie.read[marked], len(masks[read])))
            elif tie.mutual and result is not None and not self._is_constant(read):
                news |= _mark(result, _at(tie.written, len(result)))
            if tie.mutual and read is not None and read in masks and result is not None:
                news |= _mark(result, _at(tie.written[masks[read][tie.read]], len(result)))
        return news

    def _is_constant(self, tensor: TensorId | None) -> bool:
        return tensor is not None and self.site.graph.tensor(tensor).is_constant

    def _filled_up(self, needed: dict[TensorId, Mask]) -> dict[TensorId, Mask]:
        """Return what stays: what is needed, one channel at least, and as many as kernels compute at once."""
        stays = {tensor: mask.copy() for tensor, mask in needed.items()}
        for _ in range(len(stays) + 1):
            news = True
            while news:
                news = False
                for op in self.site.graph.ops:
                    news |= self._spread(op, stays)
            short = [mask for mask in stays.values() if len(mask) and not mask.any()]
            short += [
                mask
                for op in self.site.graph.ops
                if op.id in self._weighted and (mask := stays.get(op.outputs[0])) is not None and self._missing(mask)
            ]
            if not short:
                break
            for mask in short:
                mask[np.flatnonzero(~mask)[: max(1, self._missing(mask))]] = True
        return stays

    def _missing(self, mask: Mask) -> int:
        """Return how many channels make the last group of lanes whole."""
        return -int(mask.sum()) % self.lanes if len(mask) % self.lanes == 0 else 0


def _at(channels: NDArray[np.int64], count: int) -> Mask:
    mask = np.zeros(count, np.bool_)
    mask[channels] = True
    return mask


def _mark(mask: Mask, more: Mask) -> bool:
    news = bool((more & ~mask).any())
    mask |= more
    return news
