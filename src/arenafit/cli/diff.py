"""`arenafit diff`: what changed in memory between two models."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from arenafit.api.diff import diff_models
from arenafit.cli._console import console
from arenafit.cli._options import (
    ArenaOption,
    BoardOption,
    EstimateOption,
    JsonOption,
    KernelsOption,
    MemoryOption,
    PinOption,
    TargetOption,
    TflmOption,
)
from arenafit.report.render.json import render as render_json
from arenafit.report.render.markdown import render as render_markdown
from arenafit.report.render.terminal.diff import render


class Format(Enum):
    """How to print a diff."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def run(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The `.tflite` model before.", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The `.tflite` model after.", show_default=False)],
    *,
    form: Annotated[
        Format, typer.Option("--format", help="`markdown` is made for pull-request comments.")
    ] = Format.TEXT,
    everything: Annotated[bool, typer.Option("--all", help="List every operator and buffer that changed.")] = False,
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
    """Say what changed in the arena from one model to the other, operator by operator; predicted, nothing is run.

    The exit code is 0 whether or not something changed: `arenafit check` is the gate.
    """
    found = diff_models(
        before,
        after,
        target=target,
        board=board,
        kernels=kernels,
        tflm=tflm,
        estimate=estimate,
        memories=memory or (),
        arena=arena,
        pins=pin or (),
    )
    if as_json or form is Format.JSON:
        typer.echo(render_json(found))
    elif form is Format.MARKDOWN:
        typer.echo(render_markdown(found), nl=False)
    else:
        render(found, console(), everything=everything)
