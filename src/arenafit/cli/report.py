"""`arenafit report`: one HTML page about a model's arena."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from arenafit.api.report import report_model
from arenafit.cli._console import error_console, say
from arenafit.cli._options import (
    BoardOption,
    EffortOption,
    EstimateOption,
    JsonOption,
    KernelsOption,
    ModelArgument,
    TargetOption,
    TimeOption,
)
from arenafit.outputs import check_outputs, is_stdout, save_bytes
from arenafit.report.render.json import render as render_json
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
    estimate: EstimateOption = False,
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
            estimate=estimate,
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
    say(f"written: {output} ({format_size(len(page))} bytes)", err=is_stdout(output))
