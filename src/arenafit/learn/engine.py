"""What computes a model's values and gradients while it is trained: numpy by default, TensorFlow where it is wanted."""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Protocol

from arenafit.ir import TensorId
from arenafit.learn.adam import Parameters
from arenafit.learn.gradients import gradients, recorded
from arenafit.learn.lift import Lifted
from arenafit.learn.protocol import Array

# From the values that were asked for to the gradients of a loss with respect to them.
Slopes = Callable[[Mapping[TensorId, Array]], Mapping[TensorId, Array]]


class EngineName(StrEnum):
    """The engines there are. TENSORFLOW needs the extra ``train``; it is faster on large models."""

    NUMPY = "numpy"
    TENSORFLOW = "tensorflow"


class Engine(Protocol):
    """One model at work; batches of real-valued inputs (N, *shape) in the order of the model's inputs."""

    def values(
        self, inputs: Collection[Array], parameters: Mapping[TensorId, Array], wanted: Collection[TensorId]
    ) -> dict[TensorId, Array]:
        """Return the `wanted` values (N, *shape), with `parameters` in place of the constants they name."""
        ...

    def gradients(
        self,
        inputs: Collection[Array],
        parameters: Mapping[TensorId, Array],
        wanted: Collection[TensorId],
        slopes: Slopes,
    ) -> Parameters:
        """Return the gradients of a loss with respect to `parameters`; `slopes` are its own at the `wanted` values.

        Raises:
            UnsupportedModelError: naming an operator on the way that cannot be differentiated.
        """
        ...


class NumpyEngine:
    """The operators of `learn.operators`, in numpy."""

    def __init__(self, lifted: Lifted) -> None:
        """Take the model `lifted`."""
        self._lifted = lifted

    def values(
        self, inputs: Collection[Array], parameters: Mapping[TensorId, Array], wanted: Collection[TensorId]
    ) -> dict[TensorId, Array]:
        """Return the `wanted` values."""
        return self._lifted.values(inputs, parameters, wanted)

    def gradients(
        self,
        inputs: Collection[Array],
        parameters: Mapping[TensorId, Array],
        wanted: Collection[TensorId],
        slopes: Slopes,
    ) -> Parameters:
        """Return the gradients with respect to `parameters`."""
        found, tape = recorded(self._lifted, inputs, parameters)
        return gradients(tape, slopes({tensor: found[tensor] for tensor in wanted}), tuple(parameters))


def engine(name: EngineName, lifted: Lifted) -> Engine:
    """Return the engine `name` for one model.

    Raises:
        RuntimeUnavailableError: if it is not installed.
    """
    if name is EngineName.NUMPY:
        return NumpyEngine(lifted)
    from arenafit.learn.tensorflow_engine import TensorflowEngine  # noqa: PLC0415 - an extra, and heavy

    return TensorflowEngine(lifted)
