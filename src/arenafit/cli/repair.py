"""`arenafit repair`: shapes that a converter left open or wrong, restored and proved."""

from pathlib import Path
from typing import Annotated

import typer

from arenafit.api.repair import repair_model
from arenafit.cli._console import console
from arenafit.cli._options import JsonOption, ModelArgument
from arenafit.outputs import is_stdout
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal._answer import answer
from arenafit.report.render.terminal._tables import printable


def run(
    model: ModelArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Set the batch to 1, fold the arithmetic of shapes and restore every shape, proved against desktop LiteRT.

    For models converted with an unknown batch or size, which TFLM takes for what the file says by chance. The input is
    never overwritten.
    """
    document = repair_model(model, output)
    if as_json:
        typer.echo(render_json(document), err=is_stdout(output))
        return
    out = console(output)
    answer(document.answer, out)
    out.print(printable(document.model, "bold"))
    for change in document.changes or ("nothing had to be repaired",):
        out.print(printable(f"  {change}"))
    out.print(printable(f"desktop LiteRT, before and after: {document.litert}; TFLM: {document.tflm}", "bold green"))
    out.print(printable(f"written: {document.output}"))
