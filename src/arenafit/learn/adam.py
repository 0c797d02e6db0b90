"""The optimiser of all training here."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from arenafit.ir import TensorId
from arenafit.learn.protocol import Array

Parameters = dict[TensorId, Array]

_BETAS, _TINY = (0.9, 0.999), 1e-8


@dataclass
class Adam:
    """Parameters and the moments of their gradients: the optimiser Adam."""

    parameters: Parameters
    first: Parameters
    second: Parameters
    count: int = 0

    @classmethod
    def of(cls, parameters: Mapping[TensorId, Array]) -> "Adam":
        """Return the start at `parameters`."""
        return cls(
            dict(parameters),
            {key: np.zeros_like(item) for key, item in parameters.items()},
            {key: np.zeros_like(item) for key, item in parameters.items()},
        )

    def step(self, found: Mapping[TensorId, Array], rate: float) -> None:
        """Move the parameters against their gradients."""
        self.count += 1
        one, two = _BETAS
        for key, gradient in found.items():
            self.first[key] = one * self.first[key] + (1 - one) * gradient
            self.second[key] = two * self.second[key] + (1 - two) * np.square(gradient)
            mean = self.first[key] / (1 - one**self.count)
            spread = np.sqrt(self.second[key] / (1 - two**self.count)) + _TINY
            self.parameters[key] = (self.parameters[key] - rate * mean / spread).astype(np.float32)
