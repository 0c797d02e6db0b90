"""`fit --parts`: what the verb does then."""

from dataclasses import dataclass
from pathlib import Path

import typer

from arenafit.api.parts import fit_parts
from arenafit.cli._console import console
from arenafit.errors import BudgetError
from arenafit.fit import Settings
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal.parts import render
from arenafit.targets.boards import Board
from arenafit.units import format_size


@dataclass(frozen=True, slots=True)
class Request:
    """How the parts are to be fitted, proved and shown."""

    settings: Settings
    board: Board | None
    tflm: str | None
    data: str | None
    inputs: int
    as_json: bool


def run_parts(model: Path, folder: Path, parts: int | None, asked: Request) -> None:
    """Cut the model into parts, write them, and say what they take."""
    made = fit_parts(
        model,
        folder,
        parts,
        settings=asked.settings,
        data=asked.data,
        inputs=asked.inputs,
        tflm=asked.tflm,
        board=asked.board,
    )
    if asked.as_json:
        typer.echo(render_json(made))
    else:
        render(made, console())
    limit = asked.settings.ram_bytes
    if limit is not None and made.arena_bytes > limit:
        raise BudgetError(
            f"{model}: the smallest arena found for {len(made.parts)} parts is {format_size(made.arena_bytes)} bytes,"
            f" {format_size(made.arena_bytes - limit)} more than the {format_size(limit)} there are"
        )
