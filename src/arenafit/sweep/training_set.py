"""What students learn from: samples, varied where there are few, with the original's answers to them."""

from typing import TYPE_CHECKING

import numpy as np

from arenafit.accuracy.samples import Samples
from arenafit.learn.distil import targets_of, varied
from arenafit.learn.lift import Lifted, real_inputs
from arenafit.learn.protocol import Array
from arenafit.learn.student import TrainingSet

if TYPE_CHECKING:
    from arenafit.ir import TensorId

# So many samples a training sees at least; fewer are varied until there are so many. More than the most add little.
FEWEST, MOST = 2_000, 4_000
_BATCH = 32


def training_set_of(teacher: Lifted, samples: Samples, seed: int) -> TrainingSet:
    """Return a training set at the original's resolution: `samples`, labelled if there are enough, else varied."""
    inputs = tuple(array[:MOST] for array in real_inputs(teacher.model, samples.arrays))
    labels = tuple(None if item is None else item[:MOST] for item in samples.labels)
    if len(inputs[0]) < FEWEST:
        more = varied(inputs, FEWEST - len(inputs[0]), np.random.default_rng(seed))
        inputs = tuple(np.concatenate([one, other]) for one, other in zip(inputs, more, strict=True))
        labels = (None,) * len(labels)  # nobody labelled what was mixed
    return TrainingSet(inputs, answers_of(teacher, inputs), labels)


def answers_of(teacher: Lifted, inputs: tuple[Array, ...]) -> tuple[Array, ...]:
    """Return what the original gives: logits where a softmax ends it, else its outputs."""
    wanted = [tensor for tensor, _ in targets_of(teacher.model)]
    parts: list[tuple[Array, ...]] = []
    for at in range(0, len(inputs[0]), _BATCH):
        values: dict[TensorId, Array] = {}
        for _, _, values in teacher.steps([item[at : at + _BATCH] for item in inputs], keep=wanted):  # noqa: B007 - the last
            pass
        parts.append(tuple(values[tensor] for tensor in wanted))
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def split(samples: Samples, share: float, seed: int) -> tuple[Samples, Samples]:
    """Return the samples in two parts, the second of about `share` of them, drawn by `seed`."""
    order = np.random.default_rng(seed).permutation(len(samples))
    count = max(1, round(share * len(samples)))
    return at(samples, np.sort(order[count:])), at(samples, np.sort(order[:count]))


def at(samples: Samples, places: Array) -> Samples:
    """Return the samples at `places`."""
    labels = tuple(None if item is None else item[places] for item in samples.labels)
    return Samples(tuple(item[places] for item in samples.arrays), labels, samples.source)
