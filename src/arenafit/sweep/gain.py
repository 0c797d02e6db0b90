"""What a candidate may add to a front: its cost is known exactly, its loss is a forecast."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# The middles of nine equally likely parts of a normal distribution.
_QUANTILES = np.array([-1.593, -0.967, -0.589, -0.282, 0.0, 0.282, 0.589, 0.967, 1.593])


def expected_gain(known: tuple[Array, Array], candidates: Array, forecast: tuple[Array, Array], worst: float) -> Array:
    """Return by how much each candidate is expected to enlarge the area beyond the front, (M,).

    Args:
        known: logarithms of what the points known take (N,), and their losses (N,).
        candidates: logarithms of what the candidates take (M,).
        forecast: their expected losses (M,), and the standard deviations of these (M,).
        worst: a loss that is worth nothing.
    """
    (costs, losses), (expected, spread) = known, forecast
    order = np.argsort(costs, kind="stable")
    edges, heights = costs[order], np.minimum.accumulate(np.minimum(losses[order], worst))
    end = max(float(costs.max(initial=-np.inf)), float(candidates.max())) + np.log(2.0)
    starts = np.concatenate([[-np.inf], edges])
    ends = np.concatenate([edges, [end]])
    levels = np.concatenate([[worst], heights])
    widths = np.maximum(0.0, ends[None, :] - np.maximum(starts[None, :], candidates[:, None]))
    drawn = expected[:, None] + spread[:, None] * _QUANTILES[None, :]
    depths = np.maximum(0.0, levels[None, :, None] - drawn[:, None, :]).mean(axis=2)
    return np.asarray((widths * depths).sum(axis=1))
