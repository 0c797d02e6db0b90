"""Layers whose every result reads every channel: of the taps inside an image, or of the last axis or several."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Op
from arenafit.ops import Family
from arenafit.rewrites._sites import Site
from arenafit.rewrites.intervals._weighted import Mixing, reaches_outside
from arenafit.rewrites.intervals.protocol import Maker, always, channels_of


def _convolution(site: Site, op: Op) -> tuple[NDArray[Any], bool] | None:
    weights = site.constant(op, 1)
    if weights is None or len(weights.shape) != 4 or len(site.input(op).shape) != 4:
        return None
    # A grouped convolution reads some channels only.
    if weights.shape[3] != site.input(op).shape[3] or not weights.elements:
        return None
    if weights.quant is None or any(weights.quant.zero_points):
        return None
    outputs, height, width, channels = weights.shape
    outside = reaches_outside(site, op, (height, width))
    return weights.array().reshape(outputs, height * width, channels), outside


def _dense(site: Site, op: Op) -> tuple[NDArray[Any], bool] | None:
    weights = site.constant(op, 1)
    if weights is None or len(weights.shape) != 2 or not weights.elements or weights.quant is None:
        return None
    if weights.dtype is not DType.INT8:
        return None
    channels, (outputs, depth) = channels_of(site.input(op)), weights.shape
    zero_points = set(weights.quant.zero_points) or {0}
    if not channels or depth % channels or len(zero_points) != 1:
        return None
    values = weights.array().astype(np.int64) - int(zero_points.pop())
    return values.reshape(outputs, depth // channels, channels), False


RULES: dict[Family, Maker] = {
    Family.CONVOLUTION: always(Mixing(_convolution)),
    Family.DENSE: always(Mixing(_dense)),
}
