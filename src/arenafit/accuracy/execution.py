"""Runs a model on real-valued samples, whatever the type of its inputs and outputs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from arenafit.accuracy.precision import quantised
from arenafit.ir import DType, Model, Quant, Tensor
from arenafit.runtime import Measurement, Outputs, Refusal
from arenafit.tflite import write_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from arenafit.accuracy.samples import Samples

# A job of many invocations may take this long; one hangs no longer than it.
TIMEOUT_SECONDS = 900.0


class Runtime(Protocol):
    """What is asked of a runtime: `arenafit.runtime.TflmRuntime`, a pool of them, or another of the kind."""

    def measure(self, model: bytes, *, inputs: Sequence[Any] | None) -> Measurement | Refusal:
        """Allocate, and invoke once per input set."""

    def run(self, model: bytes, batches: Sequence[Any], *, timeout_seconds: float | None) -> Outputs | Refusal:
        """Invoke once per input set, on one interpreter."""


@dataclass(frozen=True, slots=True, eq=False)
class Execution:
    """What a model gave: `outputs[j]` holds real values (N, *shape) of output j, float64.

    `milliseconds` is the wall time of one invocation on this machine, a figure for ratios only; `model_bytes` the file.
    """

    outputs: tuple[NDArray[np.float64], ...]
    measurement: Measurement
    milliseconds: float
    model_bytes: int


def execute(runtime: Runtime, model: Model, samples: Samples) -> Execution | Refusal:
    """Measure `model` and run it on `samples`, all on one interpreter in order, as an application would.

    Raises:
        RuntimeUnavailableError: if the runtime does not start.
    """
    content = write_bytes(model)
    batches = encoded(model, samples)
    # With a real sample: random inputs can be outside of what the model is made for (the root of a negative number).
    measurement = runtime.measure(content, inputs=batches[:1])
    if isinstance(measurement, Refusal):
        return measurement
    begin = time.perf_counter()
    outputs = runtime.run(content, batches, timeout_seconds=TIMEOUT_SECONDS)
    elapsed = time.perf_counter() - begin
    if isinstance(outputs, Refusal):
        return outputs
    columns = []
    for place, tensor_id in enumerate(model.main.outputs):
        stored = np.stack([batch[place] for batch in outputs.batches])
        columns.append(_real(stored, model.tensors[tensor_id]))
    return Execution(tuple(columns), measurement, 1000 * elapsed / len(samples), len(content))


def encoded(model: Model, samples: Samples) -> list[tuple[NDArray[Any], ...]]:
    """Return the input sets as `model` takes them: float ones quantised where its inputs are."""
    tensors = [model.tensors[tensor_id] for tensor_id in model.main.inputs]
    return [tuple(_stored(array, tensor) for array, tensor in zip(item, tensors, strict=True)) for item in samples]


def _stored(array: NDArray[Any], tensor: Tensor) -> NDArray[Any]:
    # A float tensor may carry a scale that means nothing.
    quant = None if tensor.dtype is DType.FLOAT32 else tensor.quant
    if array.dtype.kind == "f" and quant is not None and quant.per_tensor is not None:
        return quantised(array, quant, tensor.dtype)
    return array


def _real(stored: NDArray[Any], tensor: Tensor) -> NDArray[np.float64]:
    quant = tensor.quant or Quant()
    if stored.dtype.kind not in "iu" or quant.per_tensor is None:
        return stored.astype(np.float64)
    scale, zero_point = quant.per_tensor
    return (stored.astype(np.float64) - zero_point) * scale
