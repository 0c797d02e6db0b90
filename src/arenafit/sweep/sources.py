"""The source of a sweep's candidates, made of its plan; samples are read here, and must be those it began with."""

import hashlib
from dataclasses import dataclass
from typing import Any

from arenafit.accuracy.binding import load_calibration, load_evaluation
from arenafit.accuracy.sources import MOST_TRAINING_BYTES, find
from arenafit.errors import ConfigError, DataError, UnsupportedModelError
from arenafit.ir import Model
from arenafit.learn.student import TrainingSchedule
from arenafit.structure.macs import macs
from arenafit.sweep.code_source import CodeSource
from arenafit.sweep.model_source import ModelSource, SampleSplits
from arenafit.sweep.plan import Plan, StudyConfig
from arenafit.sweep.pricing import is_integer
from arenafit.sweep.space import Space, digest
from arenafit.sweep.training_set import split
from arenafit.tflite import read_bytes

VALIDATION_SHARE = 0.2


@dataclass(frozen=True)
class Made:
    """The source, and the multiply-accumulates of the original, None if there is none."""

    source: ModelSource | CodeSource
    reference_macs: int | None


def source_of(config: StudyConfig, data: str | None = None) -> Made:
    """Return the source of a sweep's candidates.

    Args:
        config: the study's plan, space and model.
        data: where the samples are on this machine, if elsewhere than where the sweep began.

    Raises:
        ConfigError: if the plan names no samples.
        DataError: if they are not those that the sweep began with.
    """
    plan = config.plan
    given = plan.data if data is None else data
    if plan.train is not None:
        if given is None:
            raise ConfigError("--train needs --data: samples to quantise by and to judge by")
        _check_digest(plan, digest_of(given))
        return Made(CodeSource(plan.train, given, plan.validation, plan.evaluation, plan.seed), None)
    if config.model is None:
        raise ConfigError("the sweep holds neither a model nor training code")
    model = read_bytes(config.model, plan.model or "model.tflite")
    if plan.priced_only:
        return Made(PriceOnly(model, config.space), macs(model))
    if given is None:
        raise ConfigError("a sweep that trains needs --data; --priced-only does without")
    _check_digest(plan, digest_of(given))
    return Made(
        ModelSource(model, splits_of(model, plan, given), config.space, schedule_of(plan), plan.seed), macs(model)
    )


class PriceOnly(ModelSource):
    """Candidates that are priced and never trained: no samples are needed."""

    def __init__(self, model: Model, space: Space) -> None:
        super().__init__(model, None, space, TrainingSchedule(), 0)


def schedule_of(plan: Plan) -> TrainingSchedule:
    """Return how a training of the search goes."""
    return TrainingSchedule(plan.steps, plan.rate)


def splits_of(model: Model, plan: Plan, data: str) -> SampleSplits:
    """Return the samples of a sweep: those to learn from, to choose by, for the verdict."""
    training = load_calibration(data, model, most_bytes=MOST_TRAINING_BYTES)
    if plan.validation is not None:
        validation = load_evaluation(plan.validation, model, most_bytes=MOST_TRAINING_BYTES)
    else:
        training, validation = split(training, VALIDATION_SHARE, plan.seed)
    evaluation = None
    if plan.evaluation is not None:
        evaluation = load_evaluation(plan.evaluation, model, most_bytes=MOST_TRAINING_BYTES)
    return SampleSplits(training, validation, evaluation)


def check_model(model: Model) -> None:
    """Refuse a model that is quantised already.

    Raises:
        UnsupportedModelError: if it is.
    """
    if is_integer(model):
        raise UnsupportedModelError(
            "the model is quantised already, and a sweep trains in float and quantises each candidate: give the float"
            " model it was made from"
        )


def digest_of(source: str) -> str:
    """Return what names the content of the samples at `source`."""
    raw = find(source)
    parts: list[Any] = []
    for name, array in [*sorted(raw.named.items()), *(("", item) for item in raw.ordered)]:
        parts.append([name, str(array.dtype), list(array.shape), _content(array)])
    return digest(*parts)


def _content(array: Any) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()


def _check_digest(plan: Plan, found: str) -> None:
    if plan.data_digest and found != plan.data_digest:
        raise DataError(
            "the samples are not those that the sweep began with: name the same ones with --data, or begin anew"
        )
