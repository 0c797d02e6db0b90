"""RELU6: clamps stored values and requantises nothing (tensorflow/lite/micro/kernels/activations_common.cc)."""

from collections.abc import Sequence

import numpy as np

from arenafit.ir import Op
from arenafit.rewrites.intervals._channelwise import Moving
from arenafit.rewrites.intervals._numbers import RELU6, limits, scale_of
from arenafit.rewrites.intervals.protocol import Facts, Span


class Relu6(Moving):
    """The rule of RELU6, for an operand and a result of one quantisation."""

    def spans(self, facts: Facts, op: Op) -> Sequence[Span | None]:
        """Return the operand's span, clamped."""
        (span,) = super().spans(facts, op)
        result = facts.site.output(op)
        scale = scale_of(result)
        bounds = None if scale is None else limits(result, scale, RELU6)
        if span is None or bounds is None:
            return [span]
        return [Span(np.clip(span.low, *bounds), np.clip(span.high, *bounds))]


RULE = Relu6("RELU6")
