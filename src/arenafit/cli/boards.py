"""`arenafit boards`: which boards are known."""

from typing import Annotated

import typer

from arenafit.cli._console import console
from arenafit.cli._options import JsonOption
from arenafit.report.documents.boards import boards_document
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal.boards import render, render_one
from arenafit.targets.boards import all_boards, find_board


def run(
    board: Annotated[str | None, typer.Argument(help="Show this board in full; a name or a `.toml` file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the boards that `--board` knows, or show one: its memories, its reserve, where the figures come from.

    The arena columns give the largest arena that fits into one memory on the chip, or beside it, after what the
    board's description keeps for the stack and the firmware's own data. The figures' sources stand with each board.
    """
    document = boards_document([find_board(board)] if board else all_boards())
    if as_json:
        typer.echo(render_json(document))
    elif board:
        render_one(document.boards[0], console())
    else:
        render(document, console())
