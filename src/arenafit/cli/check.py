"""`arenafit check`: hold models to their memory budgets."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from arenafit.api.check import check_models
from arenafit.check import CONFIG_NAME, BudgetLimits, parse_growth
from arenafit.cli._console import console
from arenafit.cli._options import (
    BoardOption,
    EstimateOption,
    JsonOption,
    KernelsOption,
    MemoryOption,
    PinOption,
    ReserveOption,
    TargetOption,
    TflmOption,
)
from arenafit.errors import ArenafitError, BudgetError, ConfigError, OutputError
from arenafit.outputs import check_outputs, is_stdout, save_bytes
from arenafit.report.documents.check import CheckDocument
from arenafit.report.render import check_markdown, github, junit
from arenafit.report.render import json as json_format
from arenafit.report.render.terminal.check import render
from arenafit.targets.boards import board_file
from arenafit.units import format_count, parse_size


class Format(StrEnum):
    """What `check` can write."""

    TEXT = "text"
    JUNIT = "junit"
    GITHUB = "github"
    MARKDOWN = "markdown"
    JSON = "json"


_RENDERERS = {
    Format.JUNIT: junit.render,
    Format.GITHUB: github.render,
    Format.MARKDOWN: check_markdown.render,
    Format.JSON: json_format.render,
}


class _UncheckedError(ArenafitError):
    """A model that could not be checked; its code is that of what was wrong with it."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


def run(
    models: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[MODEL]...", help="The models; by default those that the configuration lists."),
    ] = None,
    *,
    arena: Annotated[
        str | None, typer.Option(metavar="SIZE", help="The largest arena allowed, such as `64K`.", show_default=False)
    ] = None,
    flash: Annotated[
        str | None, typer.Option(metavar="SIZE", help="The largest model file allowed.", show_default=False)
    ] = None,
    board: BoardOption = None,
    reserve: ReserveOption = None,
    target: TargetOption = None,
    kernels: KernelsOption = None,
    tflm: TflmOption = None,
    memory: MemoryOption = None,
    arena_in: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The one of several memories that the arena must lie in.", show_default=False
        ),
    ] = None,
    pin: PinOption = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="MODEL|FOLDER|FILE.json",
            help="What the arena may not outgrow: a model, a folder of models, or what `--format json` wrote.",
            show_default=False,
        ),
    ] = None,
    growth: Annotated[
        str | None,
        typer.Option(metavar="PERCENT", help="Growth allowed over the baseline; 3% if nothing is said."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help=f"Budgets; by default `{CONFIG_NAME}` where there is one.",
            show_default=False,
        ),
    ] = None,
    output_format: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.TEXT,
    as_json: JsonOption = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write here instead of the terminal.", show_default=False),
    ] = None,
    summary: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Append the result as Markdown to this file, too.", show_default=False),
    ] = None,
    measure: Annotated[bool, typer.Option("--measure", help="Run the models in the real TFLM, too.")] = False,
    estimate: EstimateOption = False,
) -> None:
    """Hold models to their memory budgets: for CI. Nothing is run, so it works on every platform.

    Budgets come from options, or from `[budget]` and `[budget.NAME]` in `arenafit.toml`; options win. Exit code 7 if
    a budget is exceeded, 3 or 4 if a model cannot be read or predicted, 13 if the configuration is unusable.
    """
    limits = BudgetLimits(
        arena_bytes=None if arena is None else parse_size(arena),
        flash_bytes=None if flash is None else parse_size(flash),
        board=board,
        target=target,
        kernels=kernels,
        tflm=tflm,
        reserve_bytes=None if reserve is None else parse_size(reserve),
        growth=None if growth is None else parse_growth(growth),
        baseline=baseline,
        memories=None if memory is None else tuple(memory),
        arena_in=arena_in,
        pins=None if pin is None else tuple(pin),
    )
    check_outputs([output, summary], [*(models or ()), config or Path(CONFIG_NAME), baseline, board_file(board)])
    document = check_models(models or (), limits, config=config, measure=measure, estimate=estimate)
    check_outputs([output, summary], [row.file for row in document.checks])
    _write(document, Format.JSON if as_json else output_format, output)
    if summary is not None:
        _append(check_markdown.render(document), summary)
    _judge(document)


def _write(document: CheckDocument, output_format: Format, output: Path | None) -> None:
    if output_format is Format.TEXT and output is None:
        render(document, console())
        return
    text = _text(document) if output_format is Format.TEXT else _RENDERERS[output_format](document)
    if output is None:
        typer.echo(text)
    else:
        save_bytes(f"{text.rstrip()}\n".encode("utf-8", "backslashreplace"), output)


def _text(document: CheckDocument) -> str:
    out = console()
    with out.capture() as captured:
        render(document, out)
    return captured.get()


def _append(text: str, path: Path) -> None:
    # GITHUB_STEP_SUMMARY is shared by the steps of a job: earlier content stays.
    if is_stdout(path):
        typer.echo(text)
        return
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{text}\n")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None


def _judge(document: CheckDocument) -> None:
    failed = [row for row in document.checks if not row.holds]
    if not failed:
        return
    unchecked = next((row for row in failed if row.error_code is not None), None)
    if unchecked is not None:
        raise _UncheckedError(unchecked.error or "", unchecked.error_code or ConfigError.exit_code)
    first = failed[0]
    more = f"; {len(failed)} of {format_count(len(document.checks), 'check')} failed" if len(failed) > 1 else ""
    raise BudgetError(f"{first.model}: {first.broken[0]}{more}")
