"""RESHAPE, SQUEEZE and EXPAND_DIMS: the same values in the same order under another shape."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arenafit.ir import Op, Options, same_values
from arenafit.ops import Family
from arenafit.rewrites._sites import Site
from arenafit.rewrites.intervals.channelwise import nothing_known
from arenafit.rewrites.intervals.protocol import (
    Changes,
    Facts,
    Integers,
    Kept,
    Maker,
    Replacement,
    Rule,
    Span,
    Tie,
    always,
    channels_of,
)


@dataclass(frozen=True)
class Reshaping(Rule):
    """Ties channel i of a wide last axis to channel i modulo the narrow one.

    `states_shape`: the second operand and the option are the result's shape.
    """

    states_shape: bool = True

    def _ends(self, site: Site, op: Op) -> tuple[Integers, Integers] | None:
        source, result = site.input(op), site.output(op)
        read, written = channels_of(source), channels_of(result)
        plain = same_values(source, result) and source.elements == result.elements and len(op.outputs) == 1
        if not plain or not read or not written or max(read, written) % min(read, written):
            return None
        wide = np.arange(max(read, written))
        return wide % read, wide % written

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return the operand's spans where they come to lie."""
        ends, span = self._ends(facts.site, op), facts.span(facts.site.input(op))
        if ends is None or span is None:
            return nothing_known(facts, op)
        read, written = ends
        count = channels_of(facts.site.output(op))
        low, high = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
        np.minimum.at(low, written, span.low[read])
        np.maximum.at(high, written, span.high[read])
        return [Span(low, high)]

    def ties(self, site: Site, op: Op) -> Sequence[Tie] | None:
        """Return the one tie, of an operand and a result that have axes."""
        ends = self._ends(site, op)
        if ends is None or not site.input(op).shape or not site.output(op).shape:
            return None
        return [Tie(0, 0, *ends)]

    def cut(self, site: Site, op: Op, kept: Kept) -> Changes:
        """Return the operator with the new shape in its operand and its option, wherever it states one."""
        if not self.states_shape:
            return Changes(op.options)
        result = site.output(op)
        if not kept.cuts(result.id):
            return Changes(op.options)
        shape = (*result.shape[:-1], int(kept.stays[result.id].sum()))
        stated = site.constant(op, 1)
        constants: dict[int, Replacement] = {}
        if stated is not None:
            constants[1] = np.asarray(shape, stated.dtype.numpy), None
        return Changes(_with_shape(op.options, shape), constants)


def _with_shape(options: Options | None, shape: tuple[int, ...]) -> Options | None:
    if options is None or not options.get("new_shape"):
        return options
    return options.with_values(new_shape=shape)


class Squeezing(Reshaping):
    """The rule of SQUEEZE: without a list of axes, a last axis cut to one channel would go as well."""

    def ties(self, site: Site, op: Op) -> Sequence[Tie] | None:
        """Return the one tie, if the axes are listed."""
        listed = bool(op.options is not None and op.options.get("squeeze_dims"))
        return super().ties(site, op) if listed else None


RULES: dict[Family, Maker] = {
    Family.RESHAPING: always(Reshaping()),
    Family.SQUEEZING: always(Squeezing(states_shape=False)),
    Family.EXPANSION: always(Reshaping(states_shape=False)),
}
