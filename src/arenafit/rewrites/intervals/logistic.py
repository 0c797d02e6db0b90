"""LOGISTIC: from a table or in fixed-point arithmetic, which is off by a step or two."""

import numpy as np

from arenafit.rewrites.intervals._channelwise import Unary
from arenafit.rewrites.intervals._numbers import Reals


def _logistic(values: Reals) -> Reals:
    return 1.0 / (1.0 + np.exp(-np.clip(values, -700.0, 700.0)))


RULE = Unary("LOGISTIC", function=_logistic, spare=3)
