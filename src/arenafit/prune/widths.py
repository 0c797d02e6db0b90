"""Channels taken out by given counts: the order of structured OBS, then the closed-form refit; learnt once a model."""

from collections.abc import Mapping

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, OpId
from arenafit.learn.lift import lift
from arenafit.learn.protocol import Array
from arenafit.prune.order import Order, order
from arenafit.prune.path import labels_of
from arenafit.prune.readers import most_samples, readers
from arenafit.prune.refit import refitted
from arenafit.structure.channels import channels


class Widths:
    """A trained model that can be had with fewer channels in each layer, its readers fitted again."""

    def __init__(self, model: Model, inputs: tuple[Array, ...], seed: int = 0) -> None:
        """Learn the order of the channels of `model` from `inputs`, real-valued (N, *shape).

        Raises:
            UnsupportedModelError: if an operator is not known as a function of real numbers.
        """
        lifted = lift(model)
        used = most_samples(lifted, len(inputs[0]))
        self._inputs = tuple(array[:used] for array in inputs)
        self.found = channels(model)
        self._known = readers(lifted, self.found, self._inputs, seed)
        self._orders: dict[OpId, Order] = {}
        for op, labels in self.found.layers.items():
            read_by = [reader for reader in self._known.values() if np.isin(reader.labels, labels).any()]
            if read_by:
                self._orders[op] = order(labels, read_by)

    def narrowed(self, kept: Mapping[OpId, int]) -> Model:
        """Return the model with so many channels of each layer named; others keep all.

        Raises:
            UnsupportedModelError: if a layer has no such order, or less than one channel would stay.
        """
        removed: dict[OpId, int] = {}
        for op, count in kept.items():
            if op not in self._orders or not 1 <= count <= len(self.found.layers[op]):
                raise UnsupportedModelError(f"operator {op}: {count} of its channels cannot be kept")
            removed[op] = len(self.found.layers[op]) - count
        whole = {op: removed.get(op, 0) for op in self._orders}
        if not any(whole.values()):
            return self.found.model
        return refitted(self.found, labels_of(self._orders, whole), self._known, self._inputs)
