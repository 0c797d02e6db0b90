"""What a sweep asks of its source of models: a `.tflite` alone, or training code."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from arenafit.accuracy.samples import Array, Samples
from arenafit.ir import Model
from arenafit.sweep.space import Params

Report = Callable[[str], None]


@dataclass(frozen=True)
class Candidate:
    """One combination of parameters: `key` names its content, `untrained` is the float model, if that can be had.

    `settings` says in words what it is; `is_trained`: there is nothing to train, it is the original.
    """

    params: Params
    key: str
    settings: tuple[str, ...]
    untrained: Model | None
    is_trained: bool = False


@dataclass(frozen=True)
class Trained:
    """A trained float model (or an integer one, as training code gave it), and how the training went.

    `again`: the first training came to nothing and was done again at a third of the rate.
    """

    model: Model
    again: bool = False
    diverged: bool = False


@dataclass(frozen=True)
class Reference:
    """The original and its outputs (N, *shape) on the validation samples: what losses are compared with."""

    model: Model
    outputs: tuple[Array, ...]


class Source(Protocol):
    """Makes models of parameters."""

    def candidate(self, params: Params) -> Candidate:
        """Return the candidate.

        Raises:
            UnsupportedModelError: if there is no such model.
        """
        ...

    def train(self, candidate: Candidate, seed: int, effort: int, report: Report) -> Trained:
        """Return the candidate trained: `effort` times as long as in the search.

        Raises:
            UnsupportedModelError: if it cannot be trained.
        """
        ...

    def reference(self) -> Reference | None:
        """Return the original, None if there is none."""
        ...

    def calibration(self, model: Model) -> Samples:
        """Return samples of `model`'s inputs to quantise it by."""
        ...

    def validation(self, model: Model) -> Samples:
        """Return the samples, as `model` takes them, that the search judges by."""
        ...

    def evaluation(self, model: Model) -> Samples | None:
        """Return the samples for the verdict, None if there are none."""
        ...
