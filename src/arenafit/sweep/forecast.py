"""What losses to expect of candidates that are not trained yet: a Gaussian process over those that are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arenafit.sweep.pricing import Figures
from arenafit.sweep.space import Params, Space

Array = NDArray[np.float64]
# Candidates that share half of their features are about so far from each other; what is tried for that.
_REACHES = (0.7, 1.4, 2.8)
_SHARES = (0.2, 0.5, 0.8)
_TINY = 1e-9


def features(space: Space, params: Params, figures: Figures) -> Array:
    """Return a candidate as numbers: arithmetic and weights (logarithms), then each parameter.

    Numbers become logarithms, choices one number each of which one is 1.
    """
    found = [np.log(max(1, figures.macs)), np.log(max(1, figures.flash))]
    for item in space.parameters:
        value = params[item.name]
        if item.choices:
            found += [float(value == choice) for choice in item.choices] if item.count > 1 else []
        else:
            found.append(np.log1p(int(value) - item.low) / max(np.log1p(item.high - item.low), _TINY) * np.sqrt(2.0))
    return np.asarray(found, np.float64)


@dataclass(frozen=True)
class Forecast:
    """Expected values with their standard deviations, from what was seen.

    What is expected where nothing is known is a line over the logarithm of the arithmetic: less of it loses more. The
    covariance is a mixture: of candidates with about the same arithmetic and weights, and of such with about the same
    parameters; their reaches and shares are those that explain best what was seen.
    """

    seen: Array
    line: tuple[float, float]
    weights: Array
    inverse: Array
    scale: float
    reach: float
    share: float

    @classmethod
    def of(cls, seen: Array, values: Array, errors: Array) -> "Forecast":
        """Return the forecast from features (N, F), values (N,) and the standard errors of these (N,)."""
        line = _line(seen[:, 0], values)
        rest = values - (line[0] + line[1] * seen[:, 0])
        best: tuple[float, Forecast] | None = None
        for reach in _REACHES:
            for share in _SHARES:
                shape = _covariance(seen, seen, reach, share)
                scale = max(float(np.square(rest).mean()), 0.05)
                whole = scale * shape + np.diag(np.square(errors) + 1e-4)
                inverse = np.asarray(np.linalg.inv(whole), np.float64)
                weights = inverse @ rest
                likelihood = -float(rest @ weights) - float(np.linalg.slogdet(whole)[1])
                if best is None or likelihood > best[0]:
                    best = (likelihood, cls(seen, line, weights, inverse, scale, reach, share))
        assert best is not None  # noqa: S101 - there are reaches to try
        return best[1]

    def at(self, wanted: Array) -> tuple[Array, Array]:
        """Return the expected values (M,) at features (M, F), and their standard deviations."""
        between = self.scale * _covariance(wanted, self.seen, self.reach, self.share)
        spread = self.scale - np.einsum("ij,jk,ik->i", between, self.inverse, between)
        return self.line[0] + self.line[1] * wanted[:, 0] + between @ self.weights, np.sqrt(np.maximum(spread, 1e-6))


def _line(work: Array, values: Array) -> tuple[float, float]:
    """Return the line over the arithmetic that is nearest to the values and does not rise."""
    center = float(work.mean())
    slope = float((work - center) @ (values - values.mean())) / (float(np.square(work - center).sum()) + 1.0)
    slope = min(0.0, slope)
    return float(values.mean()) - slope * center, slope


def _covariance(one: Array, other: Array, reach: float, share: float) -> Array:
    work = np.square(one[:, None, :2] - other[None, :, :2]).sum(axis=2)
    form = np.square(one[:, None, 2:] - other[None, :, 2:]).sum(axis=2) / 2
    return np.asarray(share * np.exp(-work / 2) + (1 - share) * np.exp(-form / (2 * reach**2)))
