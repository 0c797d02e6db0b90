"""CONCATENATION: operands beside each other; kernels take all quantisations to be the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arenafit.ir import Op, same_values
from arenafit.ops import Family
from arenafit.rewrites._sites import Site
from arenafit.rewrites.intervals.channelwise import fused_activation, nothing_known
from arenafit.rewrites.intervals.protocol import Facts, Maker, Rule, Span, Tie, always, channels_of


@dataclass(frozen=True)
class Joining(Rule):
    """The rule of operands joined along any axis; constants among them are left alone."""

    def ties(self, site: Site, op: Op) -> Sequence[Tie] | None:
        """Return where the channels of each operand come to lie."""
        parts, result = [site.input(op, position) for position in range(len(op.inputs))], site.output(op)
        rank = len(result.shape)
        plain = all(same_values(part, result) and len(part.shape) == rank for part in parts)
        if not plain or not rank or fused_activation(op) or any(part.is_constant for part in parts):
            return None
        axis = int((op.options.get("axis") if op.options else None) or 0) % rank
        found, first = [], 0
        for position, part in enumerate(parts):
            own = np.arange(channels_of(part))
            if axis == rank - 1:
                found.append(Tie(position, 0, own, own + first))
                first += len(own)
            else:
                found.append(Tie(position, 0, own, own))
        return found

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return what comes from any operand."""
        made: list[Span | None] = nothing_known(facts, op)
        ties = self.ties(facts.site, op)
        if ties is None or made[0] is None:
            return made
        count = len(made[0].low)
        low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
        for tie in ties:
            span = facts.span(facts.site.input(op, tie.operand))
            if span is None:
                return made
            low[tie.written] = np.minimum(low[tie.written], span.low[tie.read])
            high[tie.written] = np.maximum(high[tie.written], span.high[tie.read])
        return [Span(low, high)]


RULES: dict[Family, Maker] = {Family.JOINING: always(Joining())}
