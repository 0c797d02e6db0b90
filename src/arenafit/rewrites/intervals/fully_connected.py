"""FULLY_CONNECTED: every result reads all of the last axis, or of several axes flattened."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Op
from arenafit.rewrites._sites import Site
from arenafit.rewrites.intervals._weighted import Mixing
from arenafit.rewrites.intervals.protocol import channels_of


def _arrange(site: Site, op: Op) -> tuple[NDArray[Any], bool] | None:
    weights = site.constant(op, 1)
    if weights is None or len(weights.shape) != 2 or not weights.elements or weights.quant is None:
        return None
    channels, (outputs, depth) = channels_of(site.input(op)), weights.shape
    zero_points = set(weights.quant.zero_points) or {0}
    if not channels or depth % channels or len(zero_points) != 1:
        return None
    values = weights.array().astype(np.int64) - int(zero_points.pop())
    return values.reshape(outputs, depth // channels, channels), False


RULE = Mixing("FULLY_CONNECTED", _arrange)
