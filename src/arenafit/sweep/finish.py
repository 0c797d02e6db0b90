"""After the search: chosen points trained again with several seeds, fitted, measured, and judged once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from arenafit.accuracy.classifiers import is_classifier
from arenafit.accuracy.samples import output_ports
from arenafit.accuracy.scores import OutputScore, score
from arenafit.fit.run import FitResult, fit_bytes
from arenafit.fit.settings import Settings, on_its_tflm
from arenafit.runtime import Measurement, TflmPool
from arenafit.sweep.code_source import CodeSource
from arenafit.sweep.finished import AGAIN, RESULT, ROLE, SEED, role_of
from arenafit.sweep.front import Point, chosen, point, points_of
from arenafit.sweep.judge import outputs_of
from arenafit.sweep.model_source import ModelSource
from arenafit.sweep.plan import StudyConfig
from arenafit.sweep.trial import LONGER, unpacked
from arenafit.sweep.trial_store import TrialStore
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_bytes
from arenafit.tflm.footprints import footprint

OF = "of"


@dataclass(frozen=True)
class Seeded:
    """A point trained again: the loss of each seed on validation samples, and the model that did best there."""

    point: Point
    losses: tuple[float, ...]
    best: Point
    content: bytes


@dataclass(frozen=True)
class Final:
    """A chosen point as it is delivered: quantised, fitted, measured in TFLM, judged on the evaluation samples.

    `predicted_bytes` and `measured_bytes` are of the fitted model on the wheel, `stock_*` of the model before `fit`;
    measured ones are None where TFLM does not run. `scores` compare with the original; () without evaluation samples.
    Where `has_original` is False, of training code, the model stands for it, and only what is right means anything.
    """

    seeded: Seeded
    fit: FitResult
    predicted_bytes: int
    measured_bytes: int | None
    stock_predicted_bytes: int
    stock_measured_bytes: int | None
    scores: tuple[OutputScore, ...]
    samples: int
    has_original: bool


def queue_choices(trial_store: TrialStore, config: StudyConfig) -> tuple[Point, ...]:
    """Queue the trainings of the chosen points that are not done or queued yet; return the points."""
    plan = config.plan
    if plan.priced_only:
        return ()
    points = points_of(trial_store.trials(), config.space.defaults)
    first = _affordable(trial_store, config, chosen(points, plan))
    picked = tuple(sorted(first, key=lambda item: (item.of(plan.aims[0]), item.number)))
    have = {
        (item.user_attrs.get(OF), item.user_attrs.get(SEED))
        for item in trial_store.trials()
        if role_of(item) == AGAIN and item.state.name != "FAIL"
    }
    for item in picked:
        for seed in range(plan.seeds):
            if (item.number, seed) not in have:
                trial_store.queue(dict(item.params), **{ROLE: AGAIN, SEED: seed, OF: item.number})
    return picked


def _affordable(trial_store: TrialStore, config: StudyConfig, points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return as many points, the first ones, as the CPU time that is left trains; the first one always."""
    plan = config.plan
    if plan.cpu_seconds is None or not points:
        return points
    costs = {item.number: item.user_attrs.get(RESULT, {}).get("cpu", 0.0) for item in trial_store.trials()}
    left = plan.cpu_seconds - trial_store.cpu_seconds()
    kept: list[Point] = []
    for item in points:
        left -= costs.get(item.number, 0.0) * LONGER * plan.seeds
        if kept and left < 0:
            break
        kept.append(item)
    return tuple(kept)


def trained_again(trials: Sequence[Any], points: Sequence[Point]) -> tuple[Seeded, ...]:
    """Return the points whose trainings are done, each with its best model by validation."""
    found: dict[int, list[Any]] = {}
    for item in trials:
        if role_of(item) == AGAIN and "model" in item.user_attrs.get(RESULT, {}):
            found.setdefault(int(item.user_attrs[OF]), []).append(item)
    made = []
    for own in points:
        done = sorted(found.get(own.number, []), key=lambda item: int(item.user_attrs[SEED]))
        pairs = [(again, item) for item in done if (again := point(item)) is not None and again.loss is not None]
        if not pairs:
            continue
        best, trial = min(pairs, key=lambda pair: (pair[0].of("loss"), int(pair[1].user_attrs[SEED])))
        losses = tuple(again.of("loss") for again, _ in pairs)
        made.append(Seeded(own, losses, best, unpacked(trial.user_attrs[RESULT]["model"])))
    return tuple(made)


def delivered(
    seeded: Sequence[Seeded],
    config: StudyConfig,
    source: ModelSource | CodeSource,
    report: Callable[[str], None] = lambda _: None,
) -> tuple[Final, ...]:
    """Return the points fitted, measured and judged on the evaluation samples: once, after all choices.

    Raises:
        VerificationError: if a fitted model does not compute what it did.
    """
    plan = config.plan
    target, _ = plan.place()
    settings = on_its_tflm(Settings(target=target, effort=plan.effort, seed=plan.seed))
    made = []
    with TflmPool(1) as runtime:
        original = _original_outputs(runtime, source)
        for place, item in enumerate(seeded, start=1):
            report(f"fitting and judging point {place} of {len(seeded)}")
            fit = fit_bytes(item.content, f"trial {item.point.number}", settings)
            stock = runtime.measure(item.content, min_arena=True)
            last = fit.steps[-1]
            model = read_bytes(item.content, "candidate")
            scores, samples = _scores(runtime, item, source, original)
            predicted = footprint(read_bytes(fit.content, "fitted"), WHEEL).min_arena_bytes
            made.append(
                Final(
                    item,
                    fit,
                    predicted,
                    last.measured_bytes,
                    footprint(model, WHEEL).min_arena_bytes,
                    stock.min_arena_bytes if isinstance(stock, Measurement) else None,
                    scores,
                    samples,
                    original is not None,
                )
            )
    return tuple(made)


def _original_outputs(runtime: TflmPool, source: ModelSource | CodeSource) -> Any:
    if isinstance(source, CodeSource):
        return None
    samples = source.evaluation(source.model)
    return None if samples is None else outputs_of(runtime, source.model, samples)


def _scores(
    runtime: TflmPool, item: Seeded, source: ModelSource | CodeSource, original: Any
) -> tuple[tuple[OutputScore, ...], int]:
    model = read_bytes(item.content, "candidate")
    samples = source.evaluation(model)
    if samples is None:
        return (), 0
    outputs = outputs_of(runtime, model, samples)
    before = outputs if original is None else original
    names = tuple(port.name for port in output_ports(model))
    classes = tuple(is_classifier(model, tensor) for tensor in model.main.outputs)
    return score(before, outputs, samples, names, classes), len(samples)
