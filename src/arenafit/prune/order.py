"""Which channels go first: structured optimal brain surgeon on the operators that read them.

For each reader the least-squares weights are known from H = A'A / n; the error that a channel's removal adds, the
others refitted, is tr(W' (H^-1)^-1 W) over its elements, exactly. Channels are removed one after another, the cheapest
first, and H^-1 is brought up to date.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arenafit.learn.protocol import Array
from arenafit.prune.readers import Reader

_DAMPING = 1e-3
# Beyond this an inverse takes too long; channels are then taken one by one, as if they did not depend on each other.
_MOST_ELEMENTS = 2600
_ROUNDS = 64
# Fewer rows than this for each element explain themselves whatever is removed: errors are scaled up accordingly.
_ROWS_FOR_AN_ELEMENT = 6


@dataclass(frozen=True)
class Order:
    """Labels of a layer, those to remove first in front; `errors[k]` is what k of them cost, in shares of variance."""

    labels: tuple[int, ...]
    errors: tuple[float, ...]

    def error_at(self, share: float) -> float:
        """Return the error when that share of the channels is gone."""
        return self.errors[min(len(self.errors) - 1, max(1, round(share * len(self.labels))))]

    def removable(self, most: float) -> int:
        """Return how many channels can go for an error of at most `most`."""
        return max(count for count, error in enumerate(self.errors) if error <= most)


def _variance(reader: Reader) -> float:
    """Return the variance that errors are shares of, less where the rows are too few to tell."""
    rows, elements = reader.operands.shape
    trust = min(1.0, rows / (_ROWS_FOR_AN_ELEMENT * elements))
    variance = float(reader.targets.astype(np.float64).var(axis=0).sum())
    return float((variance or 1.0) * trust)


class Surgeon:
    """The inverse Hessian of one reader, and its weights, while channels are removed."""

    def __init__(self, reader: Reader) -> None:
        """Begin with all channels."""
        operands = reader.operands.astype(np.float64)
        targets = reader.targets.astype(np.float64)
        hessian = operands.T @ operands / len(operands)
        damping = _DAMPING * float(np.mean(np.diag(hessian)))
        hessian[np.diag_indices_from(hessian)] += damping
        self.labels = reader.labels
        self.variance = _variance(reader)
        self.inverse = np.linalg.inv(hessian)
        self.weights = self.inverse @ (operands.T @ targets / len(operands))

    def costs(self, places: Array) -> Array:
        """Return what the removal of each channel adds; `places` (channels, elements of each)."""
        blocks = self.inverse[places[:, :, None], places[:, None, :]]
        own = self.weights[places]
        found = np.einsum("cij,cij->c", own, np.linalg.solve(blocks, own))
        return np.asarray(np.maximum(found / self.variance, 0.0))

    def remove(self, places: Array) -> None:
        """Take the elements at `places` (elements,) out."""
        block = self.inverse[np.ix_(places, places)]
        gain = np.linalg.solve(block, self.inverse[places]).T
        self.weights -= gain @ self.weights[places]
        self.inverse -= gain @ self.inverse[places]
        # What is gone stays out: a unit block keeps later solves regular.
        self.inverse[places, :] = 0.0
        self.inverse[:, places] = 0.0
        self.inverse[places, places] = 1.0
        self.weights[places] = 0.0


class _Loose:
    """As a `Surgeon`, for readers of too many elements: each channel as if the others stayed as they are."""

    def __init__(self, reader: Reader) -> None:
        operands, targets = reader.operands, reader.targets
        self.labels = reader.labels
        self.variance = _variance(reader)
        correlation = operands.T @ targets / len(operands)
        power = np.square(operands).mean(axis=0)
        self._gains = np.square(correlation).sum(axis=1) / np.maximum(power, 1e-12)

    def costs(self, places: Array) -> Array:
        """Return what the removal of each channel adds."""
        return np.asarray(self._gains[places].sum(axis=1) / self.variance)

    def remove(self, places: Array) -> None:
        """Nothing depends on it."""


def order(labels: Sequence[int], read_by: Sequence[Reader]) -> Order:
    """Return the order in which the channels `labels` of a layer go, from all that read them."""
    surgeons = [Surgeon(reader) if reader.operands.shape[1] <= _MOST_ELEMENTS else _Loose(reader) for reader in read_by]
    places = [{label: np.flatnonzero(item.labels == label) for label in labels} for item in surgeons]
    left, gone, errors = list(labels), [], [0.0]
    step = max(1, len(labels) // _ROUNDS)
    while len(left) > 1:
        costs = np.zeros(len(left))
        for surgeon, own in zip(surgeons, places, strict=True):
            groups: dict[int, list[int]] = {}
            for position, label in enumerate(left):
                groups.setdefault(len(own[label]), []).append(position)
            for size, positions in groups.items():
                if size:
                    costs[positions] += surgeon.costs(np.stack([own[left[position]] for position in positions]))
        for position in sorted(np.argsort(costs, kind="stable")[: min(step, len(left) - 1)].tolist(), reverse=True):
            label = left.pop(position)
            gone.append(label)
            errors.append(errors[-1] + float(costs[position]))
            for surgeon, own in zip(surgeons, places, strict=True):
                if len(own[label]):
                    surgeon.remove(own[label])
    return Order((*gone, *left), tuple(errors))
