"""`arenafit history`: the iterations that `prune --history` kept."""

from pathlib import Path
from typing import Annotated

import typer

from arenafit.api.prune import prune_history
from arenafit.cli._console import console
from arenafit.cli._options import JsonOption
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal.prune import render_history


def run(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `--history` named.", show_default=False)],
    *,
    as_json: JsonOption = False,
) -> None:
    """Show the iterations of a model: what each takes and loses, and what it was made from."""
    document = prune_history(folder)
    if as_json:
        typer.echo(render_json(document))
    else:
        render_history(document, console())
