"""Puts a report together: predictions, the steps of a fit, what could be done, and measurements where asked for."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from arenafit.errors import DataError, RunnerError, UnsupportedModelError
from arenafit.fit import Progress, Settings, fit_bytes
from arenafit.fit.settings import settings_for
from arenafit.ir import Model, feed_of
from arenafit.memories import MemoryRequest
from arenafit.report.documents.answers.views import bare, report_answer
from arenafit.report.documents.diff import diff
from arenafit.report.documents.html_report import ReportDocument, Trail, trail_from_json, trail_of
from arenafit.report.documents.inspection_build import Asked
from arenafit.report.documents.measurement import MeasurementDocument, measurement_document
from arenafit.report.documents.opportunities import Opportunities, opportunities
from arenafit.report.documents.views import ModelView, model_view, over_memories
from arenafit.runtime import Measurement
from arenafit.runtime.tflm import TflmRuntime
from arenafit.targets.boards import Board
from arenafit.targets.target import WHEEL, Target
from arenafit.textfiles import parse_json, read_text
from arenafit.tflite import read_bytes, read_file
from arenafit.tflm import footprint
from arenafit.tflm.comparison import compare
from arenafit.validity.usual import release_for


@dataclass(frozen=True, slots=True)
class Source:
    """A model with the file it was read from."""

    file: Path
    content: bytes
    model: Model

    @classmethod
    def of(cls, file: Path) -> "Source":
        """Return the model in a file.

        Raises:
            ModelFormatError: if it is no readable model.
        """
        content = read_file(file)
        return cls(file, content, read_bytes(content, str(file)))


def load_trail(file: Path, after: Source | None) -> Trail:
    """Return the steps in a file that ``arenafit fit --json`` wrote, if they are those of this model.

    Raises:
        DataError: if there is no fitted model, the file is no fit document, or the sizes of the models do not match.
    """
    if after is None:
        raise DataError(f"{file}: steps lead to a fitted model, and none is named")
    trail = trail_from_json(parse_json(read_text(file, DataError), str(file), DataError), str(file))
    if not trail.steps or trail.steps[-1].flash_bytes != len(after.content):
        raise DataError(
            f"{file}: its last step does not have the size of {after.file}: these are another model's steps"
        )
    return trail


def compose(
    before: Source,
    target: Target,
    board: Board | None,
    *,
    after: Source | None,
    trail: Trail | None,
    fit: bool,
    effort: str | int,
    seconds: float | None,
    measure: bool,
    estimate: bool,
    tflm: str | None,
    memories: MemoryRequest,
    report: Callable[[Progress], None],
) -> ReportDocument:
    """Return the report; arguments as for `arenafit.report_model`.

    Raises:
        DataError: if a fitted model is given and a fit asked for.
        UnsupportedModelError: if a model cannot be predicted.
        RunnerError: if TFLM refuses a model that is to be measured.
    """
    if fit and after is not None:
        raise DataError("either name a fitted model or have one fitted, not both")
    release = release_for(tflm, board, *(source.model for source in (before, after) if source is not None))
    settings = settings_for(release, Settings(target=target, effort=effort, seconds=seconds))
    asked = Asked(estimate, release, is_named=tflm is not None)

    def view(source: Source) -> ModelView:
        plain = _view(source, target, board, asked)
        return over_memories(plain, source.model, settings.target, board, memories, estimate=estimate)

    first = view(before)
    if fit:
        after, trail = _fitted(before, settings, report)
    priced: Opportunities | None = None
    if settings.steps and seconds != 0 and not fit and _has_prices(before.model, settings.target):
        with suppress(UnsupportedModelError):  # the page shows what there is all the same
            priced = opportunities(before.model, settings, report=report)
    second = None if after is None else view(after)
    inspected = (first.inspection, None if second is None else second.inspection)
    return ReportDocument(
        before=first,
        after=second,
        changes=None if second is None else diff(first, second),
        trail=trail,
        opportunities=priced,
        measured_before=_measured(before) if measure else None,
        measured_after=_measured(after) if measure and after is not None else None,
        answer=report_answer(*inspected, priced, fitted_here=trail is not None),
    )


def _has_prices(model: Model, target: Target) -> bool:
    """A board whose builds use other kernels has them; a model with an operator that is not known has none.

    Nor has one that is fed by rows: what could be done is done with the model it was made of.
    """
    return feed_of(model) is None and not footprint(model, target, estimate=True).estimated


def _view(source: Source, target: Target, board: Board | None, asked: Asked) -> ModelView:
    view = model_view(source.model, source.content, source.file.name, target, board, asked=asked)
    return replace(view, inspection=replace(view.inspection, answer=bare(view.inspection.answer)))


def _fitted(before: Source, settings: Settings, report: Callable[[Progress], None]) -> tuple[Source, Trail]:
    result = fit_bytes(before.content, str(before.file), settings, report=report)
    file = before.file.with_name(f"{before.file.stem}, fitted")
    return Source(file, result.content, read_bytes(result.content, str(file))), trail_of(result)


def _measured(source: Source) -> MeasurementDocument:
    found = TflmRuntime().measure(source.content)
    if not isinstance(found, Measurement):
        raise RunnerError(f"{source.file}: TFLM refuses the model ({found.stage.value}): {found.reason}")
    return measurement_document(source.file.name, found, compare(footprint(source.model, WHEEL), found))
