"""A student trained to give what was noted of a teacher, and what the labels say; its inputs may be of other shapes.

Unlike `distil`, the teacher does not run here: its answers to all samples are known, so a student may see the samples
at another resolution. A training that comes to nothing is told as such: `TrainedStudent.diverged`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from arenafit.ir import TensorId
from arenafit.learn.adam import Adam, Parameters
from arenafit.learn.distil import TEMPERATURE, soft, targets_of, trainable
from arenafit.learn.gradients import gradients, recorded
from arenafit.learn.lift import Lifted
from arenafit.learn.protocol import Array

_BATCH = 32
_FRESH = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
# A model that does no better than this share of what a constant answer does has learnt nothing.
_LEARNT = 0.97


@dataclass(frozen=True)
class TrainingSet:
    """What a student learns from: `inputs[i]` (N, *shape), `answers[j]` the teacher's (N, *shape), by output.

    `labels[j]`: classes (N,) of output j as integers, or target values (N, *shape), or None.
    """

    inputs: tuple[Array, ...]
    answers: tuple[Array | None, ...]
    labels: tuple[Array | None, ...]

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.inputs[0])

    def at(self, places: Array) -> "TrainingSet":
        """Return the examples at `places`."""

        def picked(arrays: tuple[Array | None, ...]) -> tuple[Array | None, ...]:
            return tuple(None if item is None else item[places] for item in arrays)

        return TrainingSet(tuple(item[places] for item in self.inputs), picked(self.answers), picked(self.labels))


@dataclass(frozen=True, slots=True)
class TrainingSchedule:
    """How long and how fast: `steps` batches of 32, the rate falling as a cosine from `rate`."""

    steps: int = 600
    rate: float = 2e-3
    looks: int = 6
    seed: int = 0
    fresh: bool = False  # begin with random weights, not with those of the student


@dataclass(frozen=True, slots=True)
class TrainedStudent:
    """The parameters, the loss on the examples held back, and that of a constant answer."""

    parameters: Parameters
    loss: float
    constant_loss: float

    @property
    def diverged(self) -> bool:
        """Whether the student does no better than one that always answers the same."""
        return not np.isfinite(self.loss) or self.loss > _LEARNT * self.constant_loss


def train_student(
    student: Lifted,
    examples: TrainingSet,
    held: TrainingSet,
    schedule: TrainingSchedule,
    report: Callable[[int], None] = lambda _: None,
) -> TrainedStudent:
    """Return the parameters of `student` after a training, those that did best on `held`.

    Args:
        student: the model to train; `examples` have its shapes.
        examples: what it is trained on.
        held: what it is judged on meanwhile; it chooses the parameters, nothing else.
        schedule: how long and how fast.
        report: called with the number of steps done.

    Raises:
        UnsupportedModelError: if an operator cannot be differentiated.
    """
    random = np.random.default_rng(schedule.seed)
    names = trainable(student.model)
    start = {name: student.constants[name] for name in names}
    if schedule.fresh:
        start = fresh_weights(student, random)
    model = _Student(student)
    rate = schedule.rate / max(1.0, float(np.sqrt(np.mean([np.square(item).mean() for item in examples.inputs]))))
    state = Adam.of(start)
    best, chosen = (np.inf, start) if schedule.fresh else (model.loss(held, start), start)
    every = max(1, schedule.steps // schedule.looks)
    order = np.empty(0, np.int64)
    for step in range(schedule.steps):
        if len(order) < _BATCH:
            order = np.concatenate([order, random.permutation(len(examples))])
        places, order = order[:_BATCH], order[_BATCH:]
        found = model.gradients(examples.at(places), state.parameters, names)
        if not all(np.isfinite(item).all() for item in found.values()):
            return TrainedStudent(start, float("inf"), model.constant_loss(held))
        state.step(found, rate * 0.5 * (1 + np.cos(np.pi * step / schedule.steps)))
        report(step + 1)
        if (step + 1) % every == 0 or step + 1 == schedule.steps:
            loss = model.loss(held, state.parameters)
            if loss < best:
                best, chosen = loss, dict(state.parameters)
    return TrainedStudent(chosen, float(best), model.constant_loss(held))


def fresh_weights(student: Lifted, random: np.random.Generator) -> Parameters:
    """Return random weights as He et al. draw them, and no bias."""
    made: Parameters = {}
    for op in student.model.main.ops:
        if op.name not in _FRESH or len(op.inputs) < 2:
            continue
        weights, bias = op.inputs[1], op.inputs[2] if len(op.inputs) > 2 else None
        if weights is not None and weights in student.constants:
            shape = student.constants[weights].shape
            fan = int(np.prod(shape[1:3])) if op.name == "DEPTHWISE_CONV_2D" else int(np.prod(shape[1:]))
            made[weights] = random.normal(0.0, np.sqrt(2.0 / max(1, fan)), shape).astype(np.float32)
        if bias is not None and bias in student.constants:
            made[bias] = np.zeros_like(student.constants[bias])
    return made


class _Student:
    def __init__(self, student: Lifted) -> None:
        self._student = student
        self._targets = targets_of(student.model)

    def loss(self, examples: TrainingSet, parameters: Mapping[TensorId, Array]) -> float:
        total = 0.0
        for at in range(0, len(examples), 4 * _BATCH):
            part = examples.at(np.arange(at, min(len(examples), at + 4 * _BATCH)))
            wanted = [tensor for tensor, _ in self._targets]
            values = self._student.values(part.inputs, parameters, wanted)
            for place, (tensor, is_logits) in enumerate(self._targets):
                made = values[tensor]
                total += _loss(made, part.answers[place], part.labels[place], is_logits=is_logits) * len(part)
        return total / len(examples)

    def constant_loss(self, examples: TrainingSet) -> float:
        """Return the loss of the best answer that does not look at the input."""
        total = 0.0
        for place, (_, is_logits) in enumerate(self._targets):
            answers, labels = examples.answers[place], examples.labels[place]
            if answers is None and (labels is None or labels.dtype.kind in "iu"):
                shares = np.bincount(labels.astype(np.int64)) / len(labels) if labels is not None else np.ones(1)
                total += float(-(shares * np.log(shares + 1e-12)).sum())
                continue
            whole = answers if answers is not None else labels
            assert whole is not None  # noqa: S101 - one of the two is there
            if is_logits:
                mean = soft(whole).mean(axis=0, keepdims=True)
                shown = np.broadcast_to(TEMPERATURE * np.log(mean + 1e-12), whole.shape)
            else:
                shown = np.broadcast_to(whole.mean(axis=0, keepdims=True), whole.shape)
            total += _loss(shown, answers, labels, is_logits=is_logits)
        return total

    def gradients(
        self, examples: TrainingSet, parameters: Mapping[TensorId, Array], names: tuple[TensorId, ...]
    ) -> Parameters:
        values, tape = recorded(self._student, examples.inputs, parameters)
        at: dict[TensorId, Array] = {}
        for place, (tensor, is_logits) in enumerate(self._targets):
            slope = _slope(values[tensor], examples.answers[place], examples.labels[place], is_logits=is_logits)
            at[tensor] = slope.astype(np.float32)
        return gradients(tape, at, names)


def _rows(made: Array) -> int:
    return int(made.size // made.shape[-1])


def _loss(made: Array, answers: Array | None, labels: Array | None, *, is_logits: bool) -> float:
    """Return the mean loss: against the teacher's answers and the labels, half each where there are both."""
    parts = []
    if answers is not None and is_logits:
        theirs, mine = soft(answers), soft(made)
        rows = (theirs * (np.log(theirs + 1e-12) - np.log(mine + 1e-12))).sum(axis=-1)
        parts.append(float(rows.mean()) * TEMPERATURE**2)
    elif answers is not None:
        parts.append(float(np.square(answers - made).mean() / (answers.var() + 1e-12)))
    if labels is not None and labels.dtype.kind in "iu" and is_logits:
        chances = _chances(made.reshape(_rows(made), -1))
        picked = chances[np.arange(len(labels)), labels.astype(np.int64)]
        parts.append(float(-np.log(picked + 1e-12).mean()))
    elif labels is not None and labels.dtype.kind == "f":
        wanted = labels.reshape(made.shape)
        parts.append(float(np.square(wanted - made).mean() / (wanted.var() + 1e-12)))
    return float(np.mean(parts)) if parts else 0.0


def _slope(made: Array, answers: Array | None, labels: Array | None, *, is_logits: bool) -> Array:
    parts: list[Array] = []
    if answers is not None and is_logits:
        parts.append((soft(made) - soft(answers)) * TEMPERATURE / _rows(made))
    elif answers is not None:
        parts.append(2 * (made - answers) / (answers.size * (answers.var() + 1e-12)))
    if labels is not None and labels.dtype.kind in "iu" and is_logits:
        flat = made.reshape(_rows(made), -1)
        chances = _chances(flat)
        chances[np.arange(len(labels)), labels.astype(np.int64)] -= 1.0
        parts.append(chances.reshape(made.shape) / len(flat))
    elif labels is not None and labels.dtype.kind == "f":
        wanted = labels.reshape(made.shape)
        parts.append(2 * (made - wanted) / (wanted.size * (wanted.var() + 1e-12)))
    return np.asarray(sum(parts) / len(parts)) if parts else np.zeros_like(made)


def _chances(logits: Array) -> Array:
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    powers = np.exp(shifted)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
