"""The terminal that verbs write to."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from arenafit.outputs import is_stdout
from arenafit.report.render.names import printable

WIDTH_WHEN_PIPED = 120


class _PlainTextConsole(Console):
    """A console on which text is text: control characters in it are shown as ``?``, whoever printed them."""

    def on_broken_pipe(self) -> None:
        """Let it be the error that it is: `ExitCodes` knows what a reader that has gone means."""
        raise BrokenPipeError

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of `renderable`."""
        for segment in super().render(renderable, options):
            text = segment.text
            if segment.control or text.isprintable() or text == "\n":
                yield segment
            else:
                yield Segment("\n".join(printable(line) for line in text.split("\n")), segment.style, segment.control)


def say(text: str, *, err: bool = False) -> None:
    """Print a line whose names may hold anything."""
    typer.echo(printable(text), err=err)


def console(output: Path | None = None) -> Console:
    """Return a console on stdout: as wide as the terminal (or COLUMNS), 120 columns when piped; NO_COLOR is obeyed.

    Where a verb writes its `output` to stdout (``-o -``), the console is on stderr.
    """
    if is_stdout(output):
        return error_console()
    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return _PlainTextConsole(width=WIDTH_WHEN_PIPED if piped else None, highlight=False)


def error_console() -> Console:
    """Return a console on stderr, for progress that must not mix with results."""
    return _PlainTextConsole(stderr=True, highlight=False)
