"""`arenafit fit`: rewrite a model so that stock TFLM needs less arena."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from arenafit.api import fit_model
from arenafit.cli._console import console, error_console
from arenafit.cli._options import (
    BoardOption,
    DataOption,
    EffortOption,
    JsonOption,
    KernelsOption,
    ModelArgument,
    OnlyKernelsOption,
    TargetOption,
    TflmOption,
    TimeOption,
)
from arenafit.errors import BudgetError, NotVerifiedError, PartlyVerifiedError
from arenafit.fit import Exact, Loops
from arenafit.outputs import is_stdout
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal.fit import render
from arenafit.rewrites.protocol import Validity
from arenafit.units import format_size, parse_size


class BoundaryChoice(StrEnum):
    """What the model's inputs and outputs shall be."""

    KEEP = "keep"
    INT8 = "int8"


def run(
    model: ModelArgument,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write the fitted model.", show_default=False)
    ],
    ram: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Arena to fit into, such as `64K`: the fastest model that does."),
    ] = None,
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
    data: DataOption = None,
    target: TargetOption = None,
    board: BoardOption = None,
    kernels: KernelsOption = None,
    only_kernels: OnlyKernelsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Rewrite the model so that stock TFLM needs less arena, and prove that its outputs stay the same.

    The winner is run in the real TFLM before and after, bit for bit. Without `--ram` or `--max-slowdown` the smallest
    arena is looked for. The input is never overwritten.
    """
    ram_bytes = None if ram is None else parse_size(ram)
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
        fitted = fit_model(
            model,
            output,
            target=target,
            board=board,
            kernels=kernels,
            only_kernels=only_kernels,
            ram_bytes=ram_bytes,
            max_slowdown=None if max_slowdown is None else _percent(max_slowdown),
            validity=validity,
            effort=effort,
            seconds=seconds,
            seed=seed,
            keep_inputs=keep_inputs,
            inputs=inputs,
            tflm=tflm,
            loops=loops,
            integer_io=io is BoundaryChoice.INT8,
            pareto=pareto,
            exact=exact,
            data=data,
            report=lambda state: shown.update(
                task, description=f"best {format_size(state.best_bytes)}, {state.candidates} candidates: {state.doing}"
            ),
        )
    if as_json:
        typer.echo(render_json(fitted), err=is_stdout(output))
    else:
        render(fitted, console(output))
    if ram_bytes is not None and fitted.after_predicted_bytes > ram_bytes:
        raise BudgetError(
            f"{model}: the smallest arena found is {format_size(fitted.after_predicted_bytes)} bytes, "
            f"{format_size(fitted.after_predicted_bytes - ram_bytes)} more than --ram {ram}"
        )
    if not fitted.verdict.verified:
        error = PartlyVerifiedError if fitted.verdict.proof == "verified in part" else NotVerifiedError
        raise error(f"{model}: {fitted.verdict.proof}: {fitted.verdict.runtime}")


def _percent(text: str) -> float:
    try:
        return float(text.strip().removesuffix("%")) / 100
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no percentage: write 10%") from None
