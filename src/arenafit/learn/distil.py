"""Self-distillation: a smaller model trained to give what the original gives, without labels, in numpy.

The original labels any input, so samples can be varied in every way: shifted, mirrored, mixed, joined. A fifth of the
samples is held back; the parameters that do best on it are returned, and those that were given if nothing does better.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from arenafit.ir import Model, TensorId
from arenafit.learn.adam import Adam, Parameters
from arenafit.learn.engine import EngineName, engine
from arenafit.learn.lift import Lifted
from arenafit.learn.protocol import Array
from arenafit.ops import Family, family_of

TEMPERATURE = 2.0
_HELD_BACK = 5
_WEIGHTED = (Family.CONVOLUTION, Family.DEPTHWISE, Family.DENSE)
_FIRST_STEPS = 10


@dataclass(frozen=True, slots=True)
class Distil:
    """How long, how fast: `steps` batches of `batch` samples, the rate falling as a cosine; looked at `looks` times."""

    steps: int = 240
    batch: int = 32
    rate: float = 1e-3
    looks: int = 6
    seed: int = 0
    engine: EngineName = EngineName.NUMPY


@dataclass(frozen=True, slots=True)
class Distilled:
    """The parameters, and the loss on the samples held back before and after; `kept`: whether they are new at all."""

    parameters: Parameters
    before: float
    after: float

    @property
    def kept(self) -> bool:
        """Whether training made the loss smaller, so that its result is used."""
        return self.after < self.before


def trainable(model: Model) -> tuple[TensorId, ...]:
    """Return the float weights and biases of the operators with weights."""
    found = {
        operand
        for op in model.main.ops
        if family_of(op) in _WEIGHTED
        for operand in op.inputs[1:3]
        if operand is not None and model.tensors[operand].is_constant
    }
    return tuple(sorted(found))


def targets_of(model: Model) -> tuple[tuple[TensorId, bool], ...]:
    """Return the values to compare, and whether they are logits: what the last softmax reads, or the output itself."""
    found = []
    for output in model.main.outputs:
        maker = model.main.producers.get(output)
        is_softmax = maker is not None and maker.name == "SOFTMAX"
        found.append((maker.operands[0], True) if maker is not None and is_softmax else (output, False))
    return tuple(found)


def distil(
    teacher: Lifted,
    student: Lifted,
    inputs: tuple[Array, ...],
    options: Distil,
    report: Callable[[int], None] = lambda _: None,
) -> Distilled:
    """Return the parameters of `student` trained to give what `teacher` gives.

    Args:
        teacher: the original.
        student: the smaller model, with the same inputs and outputs.
        inputs: samples, real-valued (N, *shape); a fifth is held back.
        options: how long and how fast.
        report: called with the number of steps done.

    Raises:
        UnsupportedModelError: if an operator cannot be differentiated.
        RuntimeUnavailableError: if the engine is not installed.
    """
    random = np.random.default_rng(options.seed)
    held = np.arange(len(inputs[0])) % _HELD_BACK == _HELD_BACK - 1
    seen, kept = tuple(item[~held] for item in inputs), tuple(item[held] for item in inputs)
    trainer = _Trainer(teacher, student, options)
    given = {tensor: student.constants[tensor] for tensor in trainable(student.model)}
    before = best = trainer.loss(kept, given)
    chosen = dict(given)
    rate = options.rate / max(1.0, float(np.sqrt(np.mean([np.square(item).mean() for item in inputs]))))
    current, state = trainer.settled_rate(seen, given, rate, random)
    every = max(1, options.steps // options.looks)
    for step in range(options.steps):
        cosine = 0.5 * (1 + np.cos(np.pi * step / options.steps))
        batch = varied(seen, options.batch, random)
        state.step(trainer.gradients(batch, state.parameters), current * cosine)
        report(step + 1)
        if (step + 1) % every == 0:
            loss = trainer.loss(kept, state.parameters)
            if loss < best:
                best, chosen = loss, dict(state.parameters)
    return Distilled(chosen, before, best)


class _Trainer:
    def __init__(self, teacher: Lifted, student: Lifted, options: Distil) -> None:
        self._teacher, self._student = (engine(options.engine, lifted) for lifted in (teacher, student))
        self._options = options
        self._wanted, self._given = targets_of(teacher.model), targets_of(student.model)

    def _compared(
        self, inputs: tuple[Array, ...], mine: Mapping[TensorId, Array]
    ) -> list[tuple[TensorId, Array, Array, bool]]:
        theirs = self._teacher.values(inputs, {}, [target for target, _ in self._wanted])
        return [
            (own, theirs[target], mine[own], is_logits)
            for (target, is_logits), (own, _) in zip(self._wanted, self._given, strict=True)
        ]

    def loss(self, inputs: tuple[Array, ...], parameters: Parameters) -> float:
        """Return the mean loss over all samples."""
        total, count, own = 0.0, len(inputs[0]), [target for target, _ in self._given]
        for at in range(0, count, self._options.batch):
            part = tuple(item[at : at + self._options.batch] for item in inputs)
            for _, target, made, is_logits in self._compared(part, self._student.values(part, parameters, own)):
                total += _loss(target, made, is_logits=is_logits) * len(part[0])
        return total / count

    def gradients(self, inputs: tuple[Array, ...], parameters: Parameters) -> Parameters:
        """Return the gradients of the loss of one batch."""

        def slopes(mine: Mapping[TensorId, Array]) -> dict[TensorId, Array]:
            at: dict[TensorId, Array] = {}
            for own, target, made, is_logits in self._compared(inputs, mine):
                gradient = _slope(target, made, is_logits=is_logits).astype(np.float32)
                at[own] = gradient if own not in at else at[own] + gradient
            return at

        return self._student.gradients(inputs, parameters, [target for target, _ in self._given], slopes)

    def settled_rate(
        self, seen: tuple[Array, ...], given: Parameters, rate: float, random: np.random.Generator
    ) -> tuple[float, Adam]:
        """Halve the rate while the first steps make the loss greater: what is given is nearly right already."""
        looked = tuple(item[: 2 * self._options.batch] for item in seen)
        start = self.loss(looked, given)
        for _ in range(6):
            state = Adam.of(given)
            for _ in range(_FIRST_STEPS):
                state.step(self.gradients(varied(seen, self._options.batch, random), state.parameters), rate)
            if self.loss(looked, state.parameters) <= start * 1.05:
                return rate, state
            rate /= 2
        return rate, Adam.of(given)


def soft(logits: Array) -> Array:
    """Return the softened distribution over the last axis."""
    shifted = logits.astype(np.float64) / TEMPERATURE
    powers = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _loss(target: Array, made: Array, *, is_logits: bool) -> float:
    if not is_logits:
        return float(np.square(target - made).mean() / (target.var() + 1e-12))
    theirs, mine = soft(target), soft(made)
    divergence = theirs * (np.log(theirs + 1e-12) - np.log(mine + 1e-12))
    return float(divergence.sum(axis=-1).mean() * TEMPERATURE**2)


def _slope(target: Array, made: Array, *, is_logits: bool) -> Array:
    if not is_logits:
        return np.asarray(2 * (made - target) / (target.size * (target.var() + 1e-12)))
    rows = target.size // target.shape[-1]
    return np.asarray((soft(made) - soft(target)) * TEMPERATURE / rows)


def varied(inputs: tuple[Array, ...], count: int, random: np.random.Generator) -> tuple[Array, ...]:
    """Return `count` samples drawn and varied in ways that keep them like inputs: the original labels them anew."""
    picked = random.integers(0, len(inputs[0]), count)
    partners = random.integers(0, len(inputs[0]), count)
    return tuple(_varied(item[picked], item[partners], random) for item in inputs)


def _varied(samples: Array, others: Array, random: np.random.Generator) -> Array:
    made = samples.copy()
    axes = [axis for axis, extent in enumerate(made.shape) if axis and extent > 4]
    for place in range(len(made)):
        way = random.integers(0, 6)
        one, two = made[place], others[place]
        if axes and way in (1, 4):
            axis = int(random.choice(axes))
            most = max(1, made.shape[axis] // 8)
            made[place] = np.roll(one, int(random.integers(-most, most + 1)), axis=axis - 1)
        elif way == 2:
            share = random.beta(0.4, 0.4)
            made[place] = (share * one + (1 - share) * two).astype(made.dtype)
        elif way == 3:
            made[place] = np.maximum(one, two)
        elif axes and way == 5:
            axis = int(random.choice(axes))
            cut = int(random.integers(1, made.shape[axis]))
            index = [slice(None)] * one.ndim
            index[axis - 1] = slice(cut, None)
            made[place][tuple(index)] = two[tuple(index)]
    return made
