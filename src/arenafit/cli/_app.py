"""Builds the application out of the verb modules, and runs it."""

import io
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated

import typer

from arenafit._version import __version__
from arenafit.cli._exit import ExitCodes
from arenafit.errors import OutputError
from arenafit.registry import modules


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"arenafit {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Fit TensorFlow Lite Micro models into the memory of microcontrollers: explain the arena, shrink it, prove it."""


def _guarded(run: Callable[..., None]) -> Callable[..., None]:
    @wraps(run)
    def guarded(*args: object, **options: object) -> None:
        with ExitCodes():
            run(*args, **options)
            sys.stdout.flush()  # a reader that has gone shows here, not when the interpreter ends

    return guarded


def _prepare_streams() -> None:
    """Let text that the terminal's encoding has no place for through as escapes; a closed stdout is an error of ours.

    Raises:
        OutputError: if standard output is closed.
    """
    if sys.stdout is None:
        raise OutputError("standard output is closed")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def build_app() -> typer.Typer:
    """Return the application with every verb of this room."""
    app = typer.Typer(
        name="arenafit",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for module in modules("arenafit.cli"):
        verb = module.__name__.rpartition(".")[2].replace("_", "-")
        app.command(verb)(_guarded(module.run))
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code; `arguments` defaults to the process's own."""
    with ExitCodes():
        _prepare_streams()
        build_app()(arguments, prog_name="arenafit")
