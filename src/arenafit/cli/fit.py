"""`arenafit fit`: rewrite a model so that stock TFLM needs less arena."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from arenafit.api.fit import fit_model
from arenafit.api.fit_many import Fitted, fit_models
from arenafit.cli._console import console, error_console
from arenafit.cli._options import (
    AllOption,
    ArenaOption,
    BoardOption,
    DataOption,
    EffortOption,
    JsonOption,
    KernelsOption,
    MemoryOption,
    OnlyKernelsOption,
    TargetOption,
    TflmOption,
    TimeOption,
)
from arenafit.cli._parts import Request, run_parts
from arenafit.errors import ArenafitError, BudgetError, ConfigError, NotVerifiedError, OutputError, PartlyVerifiedError
from arenafit.fit import Exact, Loops, Settings
from arenafit.fit.search.pool import usable_cores
from arenafit.fit.settings import fed_input
from arenafit.outputs import is_stdout
from arenafit.report.documents.answers.answer import Budget
from arenafit.report.documents.fit import FitDocument
from arenafit.report.render.json import render as render_json
from arenafit.report.render.names import printable
from arenafit.report.render.terminal.fit import render
from arenafit.rewrites.protocol import Validity
from arenafit.targets.boards import board_file
from arenafit.targets.choice import choose
from arenafit.units import format_size, parse_size

_MOST_DIGITS, _SHOWN = 18, 40


class BoundaryChoice(StrEnum):
    """What the model's inputs and outputs shall be."""

    KEEP = "keep"
    INT8 = "int8"


def run(
    models: Annotated[
        list[Path], typer.Argument(metavar="MODEL...", help="The `.tflite` model, or several.", show_default=False)
    ],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write the fitted model; a directory for several.")
    ],
    ram: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Arena to fit into, such as `64K`: the fastest model that does."),
    ] = None,
    smallest: Annotated[
        bool, typer.Option("--smallest", help="Look for the smallest arena although the board has room for more.")
    ] = False,
    max_slowdown: Annotated[
        str | None,
        typer.Option(metavar="PERCENT", help="The smallest arena at no more than so many instructions, such as `10%`."),
    ] = None,
    validity: Annotated[
        Validity, typer.Option(help="`tflite`: runs on desktop LiteRT too; `tflm`: on TFLM alone, a little smaller.")
    ] = Validity.TFLITE,
    effort: EffortOption = "default",
    seconds: TimeOption = None,
    seed: Annotated[int, typer.Option(help="Seed of the search and of the inputs compared.")] = 0,
    keep_inputs: Annotated[
        bool, typer.Option("--keep-inputs", help="Write no result over a model input while it could still be read.")
    ] = False,
    inputs: Annotated[int, typer.Option(metavar="N", help="Input sets to compare outputs on.", min=1)] = 12,
    tflm: TflmOption = None,
    loops: Annotated[
        Loops,
        typer.Option(
            help="How streamed operators are written: in `rolled` loops, `unrolled`, or as is better (`auto`)."
        ),
    ] = Loops.AUTO,
    io: Annotated[
        BoundaryChoice, typer.Option(help="`int8`: remove QUANTIZE at the inputs and DEQUANTIZE at the outputs.")
    ] = BoundaryChoice.KEEP,
    pareto: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write every choice between memory and time, verified, to this directory."),
    ] = None,
    exact: Annotated[
        Exact,
        typer.Option(help="`nonfinite`: no rewrite that is exact only where no infinity or NaN arises in the model."),
    ] = Exact.FINITE,
    parts: Annotated[
        str | None,
        typer.Option(
            metavar="N|auto",
            help="Cut the model into parts that run one after the other in one arena; `-o` names a folder for them.",
            show_default=False,
        ),
    ] = None,
    feed: Annotated[
        str | None,
        typer.Option(
            metavar="rows[:INPUT]",
            help="Another contract, for TFLM alone: the application gives some rows of the (named) input at a time.",
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
    target: TargetOption = None,
    board: BoardOption = None,
    kernels: KernelsOption = None,
    only_kernels: OnlyKernelsOption = False,
    memory: MemoryOption = None,
    arena: ArenaOption = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Processes: so many search for one model, or fit so many of several at a time; one a core if absent.",
            min=1,
        ),
    ] = None,
    everything: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Rewrite the model so that stock TFLM needs less arena, and prove that its outputs stay the same.

    The winner is run in the real TFLM before and after, bit for bit. With `--board` the model is made to fit
    that, and no slower than it takes; else, without `--ram` or `--max-slowdown`, the smallest arena is looked for.
    The input is never overwritten. Several models are written to a directory, by their own names.
    """
    if parts is not None:
        if len(models) > 1 or any((pareto, memory, arena)) or io is not BoundaryChoice.KEEP:
            raise ConfigError("--parts takes one model, and neither --pareto, --io nor --memory")
        chosen, named_board = choose(target, board, kernels)
        limit = Budget(named_board, None if ram is None else parse_size(ram))
        settings = Settings(
            target=chosen,
            validity=validity,
            ram_bytes=limit.arena_bytes if smallest or max_slowdown is not None else limit.search_bytes,
            max_slowdown=None if max_slowdown is None else _percent(max_slowdown),
            effort=effort,
            seconds=seconds,
            seed=seed,
            keep_inputs=keep_inputs,
            loops=loops,
            exact=exact,
            only_these_kernels=only_kernels,
            jobs=usable_cores() if jobs is None else jobs,
            feed=fed_input(feed),
            board=None if named_board is None or board_file(board) else named_board.name,
        )
        run_parts(models[0], output, _count(parts), Request(settings, named_board, tflm, data, inputs, as_json))
        return
    ram_bytes = None if ram is None else parse_size(ram)
    options: dict[str, Any] = {
        "target": target,
        "board": board,
        "kernels": kernels,
        "only_kernels": only_kernels,
        "ram_bytes": ram_bytes,
        "smallest": smallest,
        "max_slowdown": None if max_slowdown is None else _percent(max_slowdown),
        "validity": validity,
        "effort": effort,
        "seconds": seconds,
        "seed": seed,
        "keep_inputs": keep_inputs,
        "inputs": inputs,
        "tflm": tflm,
        "loops": loops,
        "integer_io": io is BoundaryChoice.INT8,
        "pareto": pareto,
        "exact": exact,
        "data": data,
        "feed": feed,
        "memories": tuple(memory or ()),
        "arena": arena,
    }
    if len(models) > 1 and is_stdout(output):
        raise OutputError("several models do not go to standard output: name a directory")
    if len(models) > 1 or (output.is_dir() and not is_stdout(output)):
        _run_many(models, output, options, (jobs, ram), as_json=as_json)
        return
    fitted = _run_one(models[0], output, {**options, "jobs": jobs})
    if as_json:
        typer.echo(render_json(fitted), err=is_stdout(output))
    else:
        render(fitted, console(output), everything=everything)
    wrong = _shortcoming(fitted, ram)
    if wrong is not None:
        raise wrong


def _run_one(model: Path, output: Path, options: dict[str, Any]) -> FitDocument:
    progress_console = error_console()
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=progress_console,
        transient=True,
        disable=not progress_console.is_terminal,  # an error is one line, without an empty one before it
    ) as shown:
        task = shown.add_task("reading", total=None)
        return fit_model(
            model,
            output,
            **options,
            report=lambda state: shown.update(
                task, description=f"best {format_size(state.best_bytes)}, {state.candidates} candidates: {state.doing}"
            ),
        )


def _run_many(
    models: list[Path], folder: Path, options: dict[str, Any], wanted: tuple[int | None, str | None], *, as_json: bool
) -> None:
    """Fit several models, a line for each as it comes; the exit code is that of the first that failed.

    Raises:
        ArenafitError: after all are done, if one could not be fitted, or falls short of what was asked for.
    """
    jobs, ram = wanted
    codes: list[int] = []

    def done(result: Fitted) -> None:
        if not isinstance(result, FitDocument):
            told(result.error, result.exit_code)
            return
        if not as_json:
            typer.echo(printable(_line(result)))
        wrong = _shortcoming(result, ram)
        if wrong is not None:
            told(str(wrong), wrong.exit_code)

    def told(error: str, code: int) -> None:
        codes.append(code)
        typer.echo(printable(f"arenafit: error: {error}"), err=True)

    found = fit_models(models, folder, jobs=jobs, done=done, **options)
    if as_json:
        typer.echo(render_json(found))
    if codes:
        error = ArenafitError(f"{len(codes)} of {len(models)} models failed, see above")
        error.exit_code = codes[0]
        raise error


def _line(fitted: FitDocument) -> str:
    before, after = fitted.before_predicted_bytes, fitted.after_predicted_bytes
    sizes = f"{format_size(before)} -> {format_size(after)} bytes ({after / before:.1%})"
    return f"{fitted.model}: {sizes}, {fitted.verdict.proof}; written: {fitted.output}"


def _shortcoming(fitted: FitDocument, ram: str | None) -> ArenafitError | None:
    """Return in what a fitted model falls short of what was asked for: its arena is too large, or nothing proves it."""
    over = 0 if ram is None else fitted.after_predicted_bytes - parse_size(ram)
    if over > 0:
        found = format_size(fitted.after_predicted_bytes)
        return BudgetError(
            f"{fitted.model}: the smallest arena found is {found} bytes, {format_size(over)} more than --ram {ram}"
        )
    if ram is None and fitted.answer is not None and fitted.answer.fits is False:
        return BudgetError(f"{fitted.model}: {fitted.answer.verdict.partition(';')[0]}")
    if fitted.verdict.verified:
        return None
    kind = PartlyVerifiedError if fitted.verdict.proof == "verified in part" else NotVerifiedError
    return kind(f"{fitted.model}: {fitted.verdict.proof}: {fitted.verdict.runtime}")


def _count(text: str) -> int | None:
    if text == "auto":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ConfigError(f"--parts {text[:_SHOWN]}: is no number of parts: write 2, 3, ... or auto")
    return int(text)


def _percent(text: str) -> float:
    try:
        value = float(text.strip().removesuffix("%")) / 100
    except ValueError:
        value = -1.0
    if not 0.0 <= value < float("inf"):
        raise typer.BadParameter(f"'{text}' is no percentage: write 10%")
    return value
