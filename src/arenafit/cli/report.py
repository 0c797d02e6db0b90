"""`arenafit report`: one HTML page about a model's arena."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from arenafit.api.report import report_model
from arenafit.cli._console import console, error_console
from arenafit.cli._options import (
    ArenaOption,
    BoardOption,
    EffortOption,
    EstimateOption,
    JsonOption,
    KernelsOption,
    MemoryOption,
    ModelArgument,
    PinOption,
    TargetOption,
    TflmOption,
    TimeOption,
)
from arenafit.outputs import check_outputs, save_bytes
from arenafit.report.documents.answers.answer import on
from arenafit.report.documents.answers.views import report_answer
from arenafit.report.documents.inspection import Inspection
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal._answer import answer
from arenafit.report.render.terminal._tables import printable
from arenafit.targets.boards import board_file
from arenafit.units import format_size


def run(
    model: ModelArgument,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The page to write.")] = Path("report.html"),
    fitted: Annotated[
        Path | None, typer.Option(metavar="MODEL", help="The model after, to show beside it.", show_default=False)
    ] = None,
    steps: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What `arenafit fit --json` printed for it.", show_default=False),
    ] = None,
    fit: Annotated[
        bool, typer.Option("--fit", help="Fit the model now and show the result; no model is written.")
    ] = False,
    effort: EffortOption = "fast",
    seconds: TimeOption = None,
    measure: Annotated[bool, typer.Option("--measure", help="Run the models in the real TFLM, too.")] = False,
    target: TargetOption = None,
    board: BoardOption = None,
    kernels: KernelsOption = None,
    tflm: TflmOption = None,
    estimate: EstimateOption = False,
    memory: MemoryOption = None,
    arena: ArenaOption = None,
    pin: PinOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one HTML page that shows the arena: a map, its peak, every operator, the graph, and what could be done.

    The page needs no network and no other file. With a fitted model it shows before and after, and the steps between.
    """
    if not as_json:
        check_outputs([output], [model, fitted, steps, board_file(board)])
    errors = error_console()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    # In a log nothing moves, and an ended display would leave an empty line.
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as shown:
        task = shown.add_task("reading", total=None)
        found = report_model(
            model,
            fitted=fitted,
            steps=steps,
            fit=fit,
            effort=effort,
            seconds=seconds,
            measure=measure,
            target=target,
            board=board,
            kernels=kernels,
            tflm=tflm,
            estimate=estimate,
            memories=memory or (),
            arena=arena,
            pins=pin or (),
            report=lambda state: shown.update(
                task, description=f"best {format_size(state.best_bytes)}, {state.candidates} candidates: {state.doing}"
            ),
        )
    if as_json:
        typer.echo(render_json(found))
        return
    from arenafit.report.render.html import render  # noqa: PLC0415  # jinja2 is only needed here

    page = render(found).encode("utf-8", "backslashreplace")
    save_bytes(page, output, never=model)
    before = _named(found.before.inspection, model, board)
    after = None if found.after is None else _named(found.after.inspection, fitted, board)
    out = console(output)
    answer(report_answer(before, after, found.opportunities, fitted_here=found.trail is not None), out)
    out.print(printable(f"written: {output} ({format_size(len(page))} bytes)"))


def _named(found: Inspection, file: Path | None, board: str | None) -> Inspection:
    """Return what the page holds with files as they were named here: the page itself keeps no folders."""
    options = found.answer.options if board is None else (*on(board), *found.answer.options[2:])
    name = found.model if file is None else str(file)
    return replace(found, model=name, answer=replace(found.answer, options=options))
