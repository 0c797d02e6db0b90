"""Candidates of a trained `.tflite`: changed in structure, narrowed, trained to answer as the original does."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from arenafit.accuracy.samples import Samples
from arenafit.errors import ConfigError, UnsupportedModelError
from arenafit.ir import Model, OpId
from arenafit.learn.lift import Lifted, lift, real_inputs
from arenafit.learn.student import TrainedStudent, TrainingSchedule, TrainingSet, train_student
from arenafit.prune.refit import with_parameters
from arenafit.prune.run import outputs_of
from arenafit.prune.widths import Widths
from arenafit.structure.channels import channels
from arenafit.structure.kinds import apply_changes, kinds, parse_setting
from arenafit.structure.pricing import with_constant_shapes
from arenafit.structure.protocol import Change
from arenafit.sweep.protocol import Candidate, Reference, Report, Trained
from arenafit.sweep.resize import matching
from arenafit.sweep.space import IO, KEEP, RECIPE, Params, Space, digest
from arenafit.sweep.training_set import training_set_of

CALIBRATED_BY = 128
_HELD = 300
_HELD_SHARE = 5
_REFITTED_ON = 128
# What the rate of a training that came to nothing is divided by.
GENTLER = 3.0


@dataclass(frozen=True)
class SampleSplits:
    """The samples of a sweep, at the original's resolution: to learn from, to choose by, for the verdict."""

    training: Samples
    validation: Samples
    evaluation: Samples | None


class ModelSource:
    """Makes candidates of one trained float model."""

    def __init__(
        self, model: Model, splits: SampleSplits | None, space: Space, schedule: TrainingSchedule, seed: int = 0
    ) -> None:
        """Check that the model can be trained; without `splits` candidates can be priced only.

        Raises:
            UnsupportedModelError: if an operator is not known as a differentiable function.
            ConfigError: if a parameter of the space is no setting of this model.
        """
        self.model = model
        self.base = with_constant_shapes(model)
        self._given, self._schedule, self._seed = splits, schedule, seed
        self._at_resolution: dict[object, TrainingSet] = {}
        for parameter in space.parameters:
            if parameter.name not in (RECIPE, IO):
                for value in dict.fromkeys((*parameter.choices, *(() if parameter.choices else (parameter.high,)))):
                    self._change(parameter.name, value)

    @cached_property
    def teacher(self) -> Lifted:
        """The original as a function."""
        return lift(self.base)

    @property
    def _splits(self) -> SampleSplits:
        if self._given is None:
            raise UnsupportedModelError("without samples candidates are priced, not trained")
        return self._given

    def _change(self, name: str, value: object) -> Change | None:
        if value == KEEP:
            return None
        try:
            return parse_setting(self.model, f"{name}={value}")
        except ConfigError as error:
            raise ConfigError(f"parameter '{name}': {error}") from None

    def changes(self, params: Params) -> tuple[Change, ...]:
        """Return the structural changes that `params` stand for, narrower layers first."""
        found = [self._change(name, value) for name, value in params.items() if name not in (RECIPE, IO)]
        made = [change for change in found if change is not None and not self._is_whole_width(change)]
        return tuple(sorted(made, key=lambda change: change.kind != _width()))

    def _is_whole_width(self, change: Change) -> bool:
        if change.kind != _width() or change.setting.startswith("all."):
            return False
        return int(change.value) == len(self._layers[change.ops[0]])

    @cached_property
    def _layers(self) -> dict[OpId, tuple[int, ...]]:
        return dict(channels(self.model).layers)

    def candidate(self, params: Params) -> Candidate:
        """Return the candidate; its weights are the original's, cut or repeated."""
        changes = self.changes(params)
        model = changed(self.base, changes)
        if self._given is not None:
            matching(self._given.validation.first(1), self.base, model)  # that it can be judged at all
        settings = tuple(change.text for change in changes)
        others = {name: value for name, value in params.items() if name in (RECIPE, IO)}
        key = digest(_form(model), others)
        return Candidate(params, key, settings or ("as it is",), model, is_trained=not settings)

    def train(self, candidate: Candidate, seed: int, effort: int, report: Report) -> Trained:
        """Return the candidate trained to answer as the original does, and as the labels say."""
        changes = self.changes(candidate.params)
        if not changes:
            return Trained(self.base)
        student = self._begun(changes)
        schedule = TrainingSchedule(self._schedule.steps * effort, self._schedule.rate, self._schedule.looks, seed)
        found = self._taught(student, schedule, report)
        again = found.diverged
        if again:
            gentle = TrainingSchedule(schedule.steps, schedule.rate / GENTLER, schedule.looks, seed)
            found = self._taught(student, gentle, report)
        return Trained(with_parameters(student, found.parameters), again, found.diverged)

    def _begun(self, changes: tuple[Change, ...]) -> Model:
        """Return the student with the weights to begin with: the original's, refitted where channels go."""
        widths = tuple(change for change in changes if change.kind == _width())
        others = tuple(change for change in changes if change.kind != _width())
        if not widths:
            return changed(self.base, others)
        whole = channels(apply_changes(self.base, widths))
        narrow = self._widths.narrowed({op: len(labels) for op, labels in whole.layers.items()})
        return changed(narrow, others)

    def _taught(self, student: Model, schedule: TrainingSchedule, report: Report) -> TrainedStudent:
        examples, held = self._training_set
        own = self._resized(examples, student)
        steps = schedule.steps
        return train_student(
            lift(student),
            own,
            self._resized(held, student),
            schedule,
            lambda done: report(f"training, step {done} of {steps}") if done % 20 == 0 else None,
        )

    def _resized(self, examples: TrainingSet, student: Model) -> TrainingSet:
        shapes = tuple(student.tensors[item].shape for item in student.main.inputs)
        key = (len(examples), shapes)  # there are two: those to learn from, and those held back
        if key not in self._at_resolution:
            self._at_resolution[key] = self._made_to_fit(examples, student)
        return self._at_resolution[key]

    def _made_to_fit(self, examples: TrainingSet, student: Model) -> TrainingSet:
        batch = tuple(item[:, None] for item in examples.inputs)
        samples = matching(Samples(batch, (), ""), self.base, student)
        return TrainingSet(real_inputs(student, samples.arrays), examples.answers, examples.labels)

    @cached_property
    def _training_set(self) -> tuple[TrainingSet, TrainingSet]:
        whole = training_set_of(self.teacher, self._splits.training, self._seed)
        count = min(_HELD, len(whole) // _HELD_SHARE)
        places = np.random.default_rng(self._seed).permutation(len(whole))
        return whole.at(np.sort(places[count:])), whole.at(np.sort(places[:count]))

    @cached_property
    def _widths(self) -> Widths:
        inputs = real_inputs(self.base, self._splits.training.first(_REFITTED_ON).arrays)
        return Widths(self.base, inputs, self._seed)

    def reference(self) -> Reference:
        """Return the original with its outputs on the validation samples, computed in float."""
        return self._reference

    @cached_property
    def _reference(self) -> Reference:
        inputs = real_inputs(self.base, self._splits.validation.arrays)
        return Reference(self.base, outputs_of(self.teacher, inputs))

    def calibration(self, model: Model) -> Samples:
        """Return training samples to quantise `model` by."""
        return matching(self._splits.training.first(CALIBRATED_BY), self.base, model)

    def validation(self, model: Model) -> Samples:
        """Return the validation samples as `model` takes them."""
        return matching(self._splits.validation, self.base, model)

    def evaluation(self, model: Model) -> Samples | None:
        """Return the evaluation samples as `model` takes them."""
        found = self._splits.evaluation
        return None if found is None else matching(found, self.base, model)


def changed(model: Model, changes: tuple[Change, ...]) -> Model:
    """Return the model with the changes made: channels first, each other one as soon as it leaves the rest possible.

    A change that replaces operators takes them from those that are about them, so these come first.

    Raises:
        UnsupportedModelError: if they can be made in no such order.
    """
    model = apply_changes(model, [change for change in changes if change.kind == _width()])
    left = [change for change in changes if change.kind != _width()]
    while left:
        model, done = _next(model, left)
        left.remove(done)
    return model


def _next(model: Model, left: list[Change]) -> tuple[Model, Change]:
    """Return the model with the first change made that takes no operator from the others, and that change."""
    refusal: UnsupportedModelError | None = None
    for change in left:
        try:
            made = apply_changes(model, [change])
        except UnsupportedModelError as error:
            refusal = refusal or error  # its shape may be in order once another is made
            continue
        if all(op in made.ops for other in left if other is not change for op in other.ops):
            return made, change
    raise refusal or UnsupportedModelError(f"{left[0].text}: takes out an operator that {left[-1].text} is about")


def _width() -> str:
    return kinds()["width"].name


def _form(model: Model) -> list[object]:
    """Return what tells one structure from another: operators, options, shapes, places."""
    places = {tensor.id: place for place, tensor in enumerate(model.main.tensors)}
    return [
        (
            op.name,
            None if op.options is None else repr(op.options),
            [None if item is None else (places[item], model.tensors[item].shape) for item in (*op.inputs, *op.outputs)],
        )
        for op in model.main.ops
    ]
