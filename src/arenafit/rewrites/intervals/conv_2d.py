"""CONV_2D: every result reads every channel of the taps inside the image."""

from typing import Any

from numpy.typing import NDArray

from arenafit.ir import Op
from arenafit.rewrites._sites import Site
from arenafit.rewrites.intervals._weighted import Mixing, reaches_outside


def _arrange(site: Site, op: Op) -> tuple[NDArray[Any], bool] | None:
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


RULE = Mixing("CONV_2D", _arrange)
