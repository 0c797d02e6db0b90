"""The loss of a candidate on samples, in the real TFLM: absolute, and against the reference, sample by sample."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from arenafit.accuracy.classifiers import is_classifier
from arenafit.accuracy.execution import Execution, Runtime, execute
from arenafit.accuracy.samples import Array, Samples
from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model
from arenafit.runtime import Refusal

Losses = NDArray[np.float64]
_THRESHOLD = 0.5


@dataclass(frozen=True)
class Loss:
    """`mean`: share of samples answered wrongly, or mean squared error; `error` is the standard error of `drop`.

    `drop`: how much is lost against the reference: points of accuracy as a share, or the relative rise of the error.
    """

    mean: float
    drop: float
    error: float


def outputs_of(runtime: Runtime, model: Model, samples: Samples) -> tuple[NDArray[np.float64], ...]:
    """Return the real-valued outputs (N, *shape) of `model` in TFLM.

    Raises:
        UnsupportedModelError: if TFLM refuses the model.
    """
    found = execute(runtime, model, samples)
    if isinstance(found, Refusal):
        raise UnsupportedModelError(f"TFLM does not run the candidate ({found.stage.value}): {found.reason}")
    assert isinstance(found, Execution)  # noqa: S101 - what is no refusal
    return found.outputs


def losses(
    model: Model, outputs: tuple[Array, ...], labels: tuple[Array | None, ...], original: tuple[Array, ...] | None
) -> Losses:
    """Return the loss of each sample (N,): 1 for a wrong class, the squared error against target values.

    Without labels the original's outputs stand for them: its classes where a softmax ends the model, else its values,
    in shares of their energy.

    Raises:
        UnsupportedModelError: if there is neither.
    """
    parts = []
    for place, values in enumerate(outputs):
        flat = np.asarray(values, np.float64).reshape(len(values), -1)
        label = labels[place] if place < len(labels) else None
        if label is not None and label.dtype.kind in "iu":
            parts.append((_decided(flat) != label).astype(np.float64))
        elif label is not None:
            parts.append(np.square(flat - label.reshape(flat.shape)).mean(axis=1))
        elif original is None:
            continue
        else:
            truth = np.asarray(original[place], np.float64).reshape(flat.shape)
            if is_classifier(model, model.main.outputs[place]) and flat.shape[1] > 1:
                parts.append((_decided(flat) != _decided(truth)).astype(np.float64))
            else:
                parts.append(np.square(flat - truth).mean(axis=1) / max(float(np.square(truth).mean()), 1e-12))
    if not parts:
        raise UnsupportedModelError("the samples hold no labels, and there is no original to compare with")
    return np.asarray(np.max(np.stack(parts), axis=0) if len(parts) > 1 else parts[0])


def compared(own: Losses, reference: Losses | None, *, relative: bool) -> Loss:
    """Return the loss against that of the reference on the same samples; `relative` for errors of values."""
    mean = float(own.mean())
    if reference is None:
        return Loss(mean, 0.0, float(own.std() / sqrt(len(own))))
    differences = own - reference
    scale = max(float(reference.mean()), 1e-12) if relative else 1.0
    error = float(differences.std() / sqrt(len(differences)))
    return Loss(mean, float(differences.mean()) / scale, error / scale)


def loses_nothing(loss: Loss, least: float) -> bool:
    """Return whether a candidate answers as well as the best so far and as the original, to within a standard error."""
    return loss.mean <= least + loss.error and loss.drop <= loss.error


def is_relative(labels: tuple[Array | None, ...]) -> bool:
    """Return whether losses are errors against target values, which mean something in relation only."""
    return any(label is not None and label.dtype.kind == "f" for label in labels)


def _decided(flat: NDArray[np.float64]) -> NDArray[np.int64]:
    chosen = flat[:, 0] >= _THRESHOLD if flat.shape[1] == 1 else flat.argmax(axis=1)
    return np.asarray(chosen, np.int64)
