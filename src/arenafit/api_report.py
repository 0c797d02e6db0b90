"""The functions behind ``report``, ``diff`` and ``overlay``, for use from Python; nothing is printed or written.

They take paths and names as the command line does, and return data.
"""

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.api_arguments import takes_models
from arenafit.errors import UnsupportedModelError
from arenafit.fit import Progress
from arenafit.fit.diagnosis import explained
from arenafit.report.documents.compose import Source, compose, load_trail
from arenafit.report.documents.diff import DiffDocument, diff
from arenafit.report.documents.html_report import ReportDocument
from arenafit.report.documents.views import ModelView, model_view
from arenafit.report.render.model_explorer import Metric, node_data
from arenafit.report.render.perfetto import trace
from arenafit.targets.choice import choose
from arenafit.tflite import read_bytes, read_file
from arenafit.tflm import footprint
from arenafit.validity import demand

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
) -> ModelView:
    """Return all that reports and overlays show of the model at `path`; options and errors as for `inspect_model`."""
    chosen, found = choose(target, board, kernels)
    file = Path(path)
    content = read_file(file)
    try:
        return model_view(read_bytes(content, str(file)), content, str(file), chosen, found, estimate=estimate)
    except UnsupportedModelError as error:
        raise _named(str(file), error) from None


def diff_models(
    before: StrPath,
    after: StrPath,
    *,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    estimate: bool = False,
) -> DiffDocument:
    """Return what changed in memory from one model to another, predicted for one target.

    Options and errors as for `inspect_model`.
    """

    def view(path: StrPath) -> ModelView:
        return view_model(path, target=target, board=board, kernels=kernels, estimate=estimate)

    return diff(view(before), view(after))


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
            report=report,
        )
    except UnsupportedModelError as error:
        raise _named(source.file.name, error) from None


@takes_models
@explained
def overlay_model(
    path: StrPath,
    *,
    metric: Metric | None = Metric.LIVE,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
) -> str:
    """Return JSON for Model Explorer (node data of `metric`) or, without a metric, for Perfetto (the plan as a trace).

    Options and errors as for `inspect_model`.
    """
    chosen, _ = choose(target, board, kernels)
    source = Source.of(Path(path))
    try:
        demand(source.model, chosen)
        if metric is not None:
            return node_data(view_model(path, target=target, board=board, kernels=kernels), metric)
        return trace(source.model, footprint(source.model, chosen), source.file.name)
    except UnsupportedModelError as error:
        raise _named(str(source.file), error) from None


def _named(name: str, error: UnsupportedModelError) -> UnsupportedModelError:
    text = str(error)
    return error if text.startswith(name) else type(error)(f"{name}: {text}")
