"""`arenafit plan`: a better layout for a model whose operators stay as they are."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from arenafit.api.plan import plan_model
from arenafit.cli._console import console
from arenafit.cli._options import (
    ArenaOption,
    BoardOption,
    JsonOption,
    KernelsOption,
    MemoryOption,
    ModelArgument,
    OnlyKernelsOption,
    PinOption,
    TargetOption,
    TflmOption,
)
from arenafit.outputs import is_stdout
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal.plan import render


class Effort(StrEnum):
    """How hard to search."""

    FAST = "fast"
    DEFAULT = "default"
    EXACT = "exact"


def run(
    model: ModelArgument,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write the planned model.", show_default=False)
    ],
    effort: Annotated[
        Effort, typer.Option(help="How hard to search: below a second, or with `exact` up to a minute.")
    ] = Effort.DEFAULT,
    keep_inputs: Annotated[
        bool, typer.Option("--keep-inputs", help="Write no result over a model input while it could still be read.")
    ] = False,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write the buffers and offsets as MiniMalloc's CSV, too."),
    ] = None,
    import_csv: Annotated[
        Path | None,
        typer.Option("--import", metavar="FILE", help="Take the offsets of this CSV instead of planning."),
    ] = None,
    trace: Annotated[
        Path | None, typer.Option("--trace", metavar="FILE", help="Write the plan as a trace for Perfetto, too.")
    ] = None,
    ascii_plan: Annotated[
        bool, typer.Option("--ascii", help="Draw TFLM's maps of the memory before and after side by side.")
    ] = False,
    target: TargetOption = None,
    board: BoardOption = None,
    kernels: KernelsOption = None,
    tflm: TflmOption = None,
    only_kernels: OnlyKernelsOption = False,
    memory: MemoryOption = None,
    arena: ArenaOption = None,
    pin: PinOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give the model a better layout: order, offsets, results in the place of operands; its operators stay.

    The plan is written into the file, and stock TFLM follows it. What is written is run in the real TFLM before and
    after, bit for bit. With `--only-kernels` overlaps are used that only the target's kernels permit; with `--memory`
    it is told how the planned model spreads over memories.
    """
    made = plan_model(
        model,
        output,
        effort=effort.value,
        keep_inputs=keep_inputs,
        csv=csv,
        import_csv=import_csv,
        trace=trace,
        target=target,
        board=board,
        kernels=kernels,
        tflm=tflm,
        only_kernels=only_kernels,
        memories=memory or (),
        arena=arena,
        pins=pin or (),
    )
    if as_json:
        typer.echo(render_json(made.document), err=is_stdout(output))
        return
    render(made.document, console(output))
    if ascii_plan:
        typer.echo(made.maps, err=is_stdout(output))
