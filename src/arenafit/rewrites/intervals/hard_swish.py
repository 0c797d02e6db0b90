"""HARD_SWISH: x * relu6(x + 3) / 6, in 16-bit fixed-point arithmetic; falls up to -1.5, then rises."""

import numpy as np

from arenafit.rewrites.intervals._channelwise import Unary
from arenafit.rewrites.intervals._numbers import Reals


def _hard_swish(values: Reals) -> Reals:
    return values * np.clip(values + 3.0, 0.0, 6.0) / 6.0


RULE = Unary("HARD_SWISH", function=_hard_swish, turns=(-3.0, -1.5, 3.0), spare=4)
