"""LEAKY_RELU: two slopes, each requantised by a multiplier of its own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arenafit.ir import Op
from arenafit.rewrites.intervals._channelwise import Unary
from arenafit.rewrites.intervals._numbers import Reals
from arenafit.rewrites.intervals.protocol import Facts, Span


class LeakyRelu(Unary):
    """The rule of LEAKY_RELU, whose slope is an option."""

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return the values between the ends of the operand's span."""
        slope = float((op.options.get("alpha") if op.options else None) or 0.0)

        def function(values: Reals) -> Reals:
            return np.where(values < 0, slope * values, values)

        plain = Unary(self.name, function=function, turns=(0.0,))
        return replace(plain).spans(facts, op)


RULE = LeakyRelu("LEAKY_RELU")
