"""`arenafit.report_model`: all that a page shows of a model."""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.api.arguments import takes_models
from arenafit.errors import UnsupportedModelError, naming
from arenafit.fit import Progress
from arenafit.fit.diagnosis import explained
from arenafit.ir import Model
from arenafit.memories import MemoryRequest
from arenafit.report.documents.compose import Source, compose, load_trail
from arenafit.report.documents.html_report import ReportDocument
from arenafit.report.documents.inspection_build import Asked
from arenafit.report.documents.views import ModelView, model_view, over_memories
from arenafit.targets.choice import choose
from arenafit.tflite import read_bytes, read_file
from arenafit.validity.usual import release_for

StrPath: TypeAlias = str | PathLike[str]


@takes_models
@explained
def view_model(
    path: StrPath,
    *,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    estimate: bool = False,
    tflm: str | None = None,
    memories: MemoryRequest | None = None,
    beside: Sequence[Model] = (),
) -> ModelView:
    """Return all that reports and overlays show of the model at `path`; options and errors as for `inspect_model`.

    What it stands `beside` is predicted for the same TFLM: a board's usual one is taken if it runs all of them.
    """
    chosen, found = choose(target, board, kernels)
    file = Path(path)
    content = read_file(file)
    try:
        model = read_bytes(content, str(file))
        asked = Asked(estimate, release_for(tflm, found, model, *beside), is_named=tflm is not None)
        view = model_view(model, content, str(file), chosen, found, asked=asked)
        return over_memories(view, model, asked.dated(chosen), found, memories, estimate=estimate)
    except UnsupportedModelError as error:
        raise naming(file, error) from None


@takes_models
@explained
def report_model(
    path: StrPath,
    *,
    fitted: StrPath | None = None,
    steps: StrPath | None = None,
    fit: bool = False,
    effort: str | int = "fast",
    seconds: float | None = None,
    measure: bool = False,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    estimate: bool = False,
    tflm: str | None = None,
    memories: Sequence[str] = (),
    arena: str | None = None,
    pins: Sequence[str] = (),
    report: Callable[[Progress], None] = lambda _: None,
) -> ReportDocument:
    """Return the report of the model at `path` as a document; `report.render.html.render` makes the page of it.

    Args:
        path: a ``.tflite`` file.
        fitted: the model after, to show beside it.
        steps: what ``arenafit fit --json`` printed when it made `fitted`.
        fit: fit the model now, in memory, and show the result beside it.
        effort: work allowed to the search, be it for what could be done or for `fit`; 0 prices neither.
        seconds: a cap on its time; 0 prices neither.
        measure: run the models in the real TFLM, too.
        target: what to predict for, as for `inspect_model`; so are `board`, `kernels` and `estimate`.
        board: a board instead of a target.
        kernels: a kernel library instead of the target's.
        estimate: go on where an operator's kernel is not known.
        tflm: another release of TFLM than the one that is usual, as for `inspect_model`.
        memories: memories that the buffers may go to, as for `inspect_model`; so are `arena` and `pins`.
        arena: the memory for the arena itself.
        pins: tensors that must lie in one of `memories`.
        report: called with the search's progress.

    Raises:
        ModelFormatError: if a file is no readable model.
        UnsupportedModelError: if an operator's kernel is not known, or TFLM cannot take a model.
        DataError: if `steps` is no fit document, or one of other models.
        RuntimeUnavailableError: if measuring is asked for and the wheel is not installed.
        TargetError: if a name is unknown.
    """
    chosen, found = choose(target, board, kernels)
    source = Source.of(Path(path))
    after = None if fitted is None else Source.of(Path(fitted))
    trail = None if steps is None else load_trail(Path(steps), after)
    try:
        return compose(
            source,
            chosen,
            found,
            after=after,
            trail=trail,
            fit=fit,
            effort=effort,
            seconds=seconds,
            measure=measure,
            estimate=estimate,
            tflm=tflm,
            memories=MemoryRequest(tuple(memories), arena, tuple(pins)),
            report=report,
        )
    except UnsupportedModelError as error:
        raise naming(source.file.name, error) from None
