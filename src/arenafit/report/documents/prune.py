"""What `prune` did to a model, as a document; and the history of such models."""

from dataclasses import dataclass
from typing import ClassVar

from arenafit.accuracy.scores import OutputScore
from arenafit.prune.history import Entry, History
from arenafit.prune.path import Sizes
from arenafit.prune.request import Pruned
from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.document import Document
from arenafit.report.documents.prune_rows import ScoreRow, score_row


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A layer: channels before and after, and the forecast, the error if an eighth or half of them go."""

    layer: str
    before: int
    after: int
    error_at_an_eighth: float
    error_at_half: float
    verdict: str  # redundant, between or tight


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step on the way: whose channels went, the error that forecasts, what it takes, and the loss if it was judged.

    `drop` is against the original, on calibration samples that the refit did not see.
    """

    step: int
    layer: str
    kept: int
    error: float
    sizes: Sizes
    drop: float | None
    fitted_bytes: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class DistilledRow:
    """Self-distillation: the loss on samples held back, before and after; `kept`: whether its weights are used."""

    before: float
    after: float
    kept: bool


@dataclass(frozen=True)
class PruneDocument(Document):
    """Before and after, layer by layer and step by step, and the verdict of the real TFLM against the original.

    `*_measured_bytes` are TFLM's totals on the wheel; `verdict` compares `judged_on` samples, original against result.
    """

    NAME: ClassVar[str] = "prune"
    VERSION: ClassVar[int] = 1

    model: str
    output: str
    original: str
    target: str
    objective: str
    data: str
    synthetic: bool
    samples_used: int
    judged_on: str
    before: Sizes
    after: Sizes
    before_measured_bytes: int | None
    after_measured_bytes: int | None
    fitted_bytes: int | None
    drop: float
    layers: tuple[LayerRow, ...]
    steps: tuple[StepRow, ...]
    verdict: tuple[ScoreRow, ...]
    warnings: tuple[str, ...]
    history: str | None
    distilled: DistilledRow | None = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What the real TFLM said: the samples' source, totals before and after, and the scores of the outputs."""

    source: str
    before_bytes: int | None
    after_bytes: int | None
    scores: tuple[OutputScore, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What the files, the target, the objective and the calibration samples are called; `synthetic`: made up."""

    model: str
    output: str
    original: str
    history: str | None
    target: str
    objective: str
    data: str
    synthetic: bool


def prune_document(names: Names, made: Pruned, judged: Judged) -> PruneDocument:
    """Return the document of a pruning."""
    chosen, trained = made.chosen, made.distilled
    kept = made.kept
    layers = tuple(
        LayerRow(item.layer, *kept[item.layer], item.at_an_eighth, item.at_half, item.verdict)
        for item in made.forecasts
    )
    looked = {id(item.step): item for item in made.tried}
    steps = []
    for number, step in enumerate(made.way[1:], start=1):
        seen = looked.get(id(step))
        layer = step.layer
        steps.append(
            StepRow(
                number,
                "" if layer is None else made.names[layer],
                0 if layer is None else made.counts[layer] - step.removed[layer],
                step.error,
                step.sizes,
                None if seen is None else seen.drop,
                None if seen is None else seen.fitted_bytes,
                step is chosen.step,
            )
        )
    warnings = []
    if names.synthetic:
        warnings.append(
            "the samples are made up: the weights were fitted to noise, not to data; judge before you use it"
        )
    if judged.source == names.data:
        warnings.append("no evaluation data was given: the verdict is on the calibration data, which flatters")
    return PruneDocument(
        model=names.model,
        output=names.output,
        original=names.original,
        target=names.target,
        objective=names.objective,
        data=names.data,
        synthetic=names.synthetic,
        samples_used=made.samples_used,
        judged_on=judged.source,
        before=made.way[0].sizes,
        after=chosen.step.sizes,
        before_measured_bytes=judged.before_bytes,
        after_measured_bytes=judged.after_bytes,
        fitted_bytes=chosen.fitted_bytes,
        drop=chosen.drop,
        layers=layers,
        steps=tuple(steps),
        verdict=tuple(score_row(item) for item in judged.scores),
        warnings=tuple(warnings),
        history=names.history,
        distilled=None if trained is None else DistilledRow(trained.before, trained.after, trained.kept),
    )


@dataclass(frozen=True)
class HistoryDocument(Document):
    """A folder of iterations."""

    NAME: ClassVar[str] = "history"
    VERSION: ClassVar[int] = 1

    folder: str
    original: str
    entries: tuple[Entry, ...]


def history_document(history: History) -> HistoryDocument:
    """Return the document of a history."""
    return HistoryDocument(str(history.folder), str(history.original), history.entries)
