"""`arenafit explain`: what TFLM's error messages mean."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from arenafit.api.explain import explain_log
from arenafit.cli._console import console
from arenafit.cli._options import (
    ArenaOption,
    BoardOption,
    EffortOption,
    JsonOption,
    KernelsOption,
    MemoryOption,
    PinOption,
    TargetOption,
    TflmOption,
    TimeOption,
)
from arenafit.errors import ArenafitError, DataError
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal.explanation import render

_STDIN = "-"
_LONGEST_LOG_BYTES = 1 << 24


class _UnpricedError(ArenafitError):
    """Nothing can be predicted for the model that was named; its code is that of what is wrong with it."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


def run(
    text: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help="The message, or a whole log; `-` reads it from standard input."),
    ] = None,
    *,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", metavar="LOG", help="Read the log from a file.", show_default=False)
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", "-m", metavar="MODEL", help="The model it is about: say what it needs.", show_default=False
        ),
    ] = None,
    effort: EffortOption = "fast",
    seconds: TimeOption = None,
    target: TargetOption = None,
    board: BoardOption = None,
    kernels: KernelsOption = None,
    tflm: TflmOption = None,
    memory: MemoryOption = None,
    arena: ArenaOption = None,
    pin: PinOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what TFLM's error messages mean and what to do about them.

    Takes a line, a pasted log, or the output of a linker. With `--model` it predicts what the model needs, and what
    `arenafit fit` would make of it; if that cannot be said, the messages are explained nevertheless and the exit code
    is that of what is wrong with the model. Exit code 1 if no message is known.
    """
    log = _read(text or [], file)
    document = explain_log(
        log,
        model=model,
        target=target,
        board=board,
        kernels=kernels,
        tflm=tflm,
        effort=effort,
        seconds=seconds,
        memories=memory or (),
        arena=arena,
        pins=pin or (),
    )
    if as_json:
        typer.echo(render_json(document))
    elif document.messages or document.model:
        render(document, console())
    if document.problem is not None:
        raise _UnpricedError(document.problem.text, document.problem.exit_code)
    if not document.messages:
        raise ArenafitError("no message of TFLM is known in this text; paste the lines that it printed")


def _read(text: list[str], file: Path | None) -> str:
    if file is not None and text:
        raise typer.BadParameter("give a text or --file, not both")
    if file is not None:
        return _from_file(file)
    if not text:
        raise typer.BadParameter("give the message, --file LOG, or - for standard input")
    if text == [_STDIN]:
        return sys.stdin.buffer.read(_LONGEST_LOG_BYTES).decode("utf-8", "replace")
    return " ".join(text)


def _from_file(file: Path) -> str:
    try:
        with file.open("rb") as log:
            # Serial logs hold bytes of any kind.
            return log.read(_LONGEST_LOG_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror or error}") from None
