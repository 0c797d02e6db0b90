"""ELU: from a table."""

import numpy as np

from arenafit.rewrites.intervals._channelwise import Unary
from arenafit.rewrites.intervals._numbers import Reals


def _elu(values: Reals) -> Reals:
    return np.where(values < 0, np.expm1(np.minimum(values, 0.0)), values)


RULE = Unary("ELU", function=_elu, spare=2)
