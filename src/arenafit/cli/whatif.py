"""`arenafit whatif`: what other architectures would take, told before one is trained."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from arenafit.api.whatif import WhatIf, whatif_model
from arenafit.cli._console import console, error_console
from arenafit.cli._options import (
    BoardOption,
    EffortOption,
    JsonOption,
    KernelsOption,
    ModelArgument,
    TargetOption,
    TflmOption,
)
from arenafit.errors import ConfigError
from arenafit.outputs import is_stdout
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal.whatif import render


def run(
    model: ModelArgument,
    *,
    fit: Annotated[bool, typer.Option("--fit", help="Also tell the arena after `fit` of the first rows.")] = False,
    rows: Annotated[int, typer.Option(metavar="N", help="How many rows `--fit` is for.", min=1)] = 10,
    effort: EffortOption = "fast",
    form: Annotated[
        str | None,
        typer.Option("--as", metavar="int8", help="Price a float model as if quantised; no data.", show_default=False),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="SETTING",
            help="A change to make, such as `pool#1.window=2`, `conv#0.channels=16`, `input=0.5`; several are made"
            " together.",
            show_default=False,
        ),
    ] = None,
    apply: Annotated[
        int | None,
        typer.Option(metavar="N", help="Which row `--output` and `--keras` are about.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT", help="Write the changed, UNTRAINED model.", show_default=False),
    ] = None,
    keras: Annotated[
        Path | None,
        typer.Option(metavar="FILE.py", help="Write its architecture as a Keras script.", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show every row, not just those at the peak.")] = False,
    target: TargetOption = None,
    board: BoardOption = None,
    kernels: KernelsOption = None,
    tflm: TflmOption = None,
    as_json: JsonOption = False,
) -> None:
    """Price changes of the model's structure before anything is trained: windows, strides, channels, resolution.

    Arenas are exact for stock TFLM; with `--fit` for what `fit` makes of each. A written model has useless weights,
    says so in its metadata, and `export` refuses it.
    """
    if form not in (None, "int8"):
        raise ConfigError(f"--as {form}: a model can be priced as int8")
    options = WhatIf(
        target=target,
        board=board,
        kernels=kernels,
        tflm=tflm,
        as_int8=form is not None,
        settings=tuple(settings or ()),
        fit=fit,
        effort=effort,
        fitted_rows=rows,
    )
    shown = error_console()
    with Progress(console=shown, transient=True, disable=not shown.is_terminal) as progress:
        bar = progress.add_task("reading")
        document = whatif_model(
            model,
            options,
            apply=apply,
            output=output,
            keras=keras,
            report=lambda doing, done, total: progress.update(bar, description=doing, completed=done, total=total),
        )
    if as_json:
        typer.echo(render_json(document), err=is_stdout(output))
    else:
        render(document, console(output), everything=everything)
