"""Builds the application out of the verb modules, and runs it."""

import ast
import io
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from arenafit._version import __version__
from arenafit.cli._exit import ExitCodes
from arenafit.errors import OutputError

_ROOM = Path(__file__).parent
# Typer carries its own click in some releases and uses the installed one in others: its errors say which.
_UsageError: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "UsageError")
_NoArgumentsError: Any = getattr(sys.modules[_UsageError.__module__], "NoArgsIsHelpError", ())


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


class _Verbs(typer.core.TyperGroup):
    """The verbs of this room. A verb's module is imported when the verb is called; a list of them needs none."""

    _listing = False

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line; what is wrong with it is one line, as every error is."""
        standalone = extra.pop("standalone_mode", True)
        extra["standalone_mode"] = False
        try:
            ended = super().main(*args, **extra)
        except _UsageError as error:
            if not standalone:
                raise
            if isinstance(error, _NoArgumentsError):
                error.show()
            else:
                sys.stderr.write(f"arenafit: error: {_usage(error)}\n")
            raise SystemExit(error.exit_code) from None
        if standalone:
            raise SystemExit(ended if isinstance(ended, int) else 0)
        return ended

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer asks so
        """Return the names of all verbs."""
        return sorted(path.stem.replace("_", "-") for path in _ROOM.glob("[!_]*.py"))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the verb of this name, None if there is none; in a list of verbs only what that shows."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = cmd_name.replace("-", "_")
        if self._listing:
            return typer.core.TyperCommand(cmd_name, help=_help(_ROOM / f"{module}.py"), rich_markup_mode="markdown")
        app = _app()
        app.command(cmd_name)(_guarded(import_module(f"arenafit.cli.{module}").run))
        return typer.main.get_command(app)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name, the verb and its arguments; an unknown one is told with those that are alike."""
        if args and args[0] not in self.list_commands(ctx):
            self.commands = {name: typer.core.TyperCommand(name) for name in self.list_commands(ctx)}
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, a line for each verb."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False


def _usage(error: Any) -> str:
    """Return what is wrong, and whose help says what is right."""
    from arenafit.report.render.names import printable  # noqa: PLC0415 - help and versions need no room

    whose = error.ctx.command_path if error.ctx is not None else "arenafit"
    return f"{printable(' '.join(error.format_message().split()).rstrip('.'))} ({whose} --help)"


def _help(source: Path) -> str | None:
    """Return the docstring of `run` in a verb's module, which is not imported."""
    functions = (node for node in ast.parse(source.read_bytes()).body if isinstance(node, ast.FunctionDef))
    return next((ast.get_docstring(function) for function in functions if function.name == "run"), None)


def _app(cls: type[typer.core.TyperGroup] | None = None) -> typer.Typer:
    return typer.Typer(
        name="arenafit",
        cls=cls,
        no_args_is_help=cls is not None,
        add_completion=cls is not None,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def build_app() -> typer.Typer:
    """Return the application with every verb of this room."""
    app = _app(_Verbs)
    app.callback()(_root)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code; `arguments` defaults to the process's own."""
    with ExitCodes():
        _prepare_streams()
        build_app()(arguments, prog_name="arenafit")
