"""`arenafit inspect`: what the arena holds, predicted and explained."""

from typing import Annotated

import typer

from arenafit.api.inspect import inspect_model
from arenafit.cli._console import console
from arenafit.cli._options import (
    AllOption,
    ArenaOption,
    BoardOption,
    EstimateOption,
    ExactOption,
    JsonOption,
    KernelsOption,
    MemoryOption,
    ModelArgument,
    PinOption,
    ReserveOption,
    TargetOption,
    TflmOption,
)
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal.inspection import render
from arenafit.units import parse_size


def run(
    model: ModelArgument,
    *,
    target: TargetOption = None,
    board: BoardOption = None,
    kernels: KernelsOption = None,
    reserve: ReserveOption = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show the plan of the head too, as TFLM prints it.")] = False,
    tflm: TflmOption = None,
    estimate: EstimateOption = False,
    memory: MemoryOption = None,
    arena: ArenaOption = None,
    pin: PinOption = None,
    exact: ExactOption = False,
    everything: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Predict what TFLM's arena holds for the model, and explain it; nothing is run.

    Shows the smallest arena that works, whether a board's memory is enough, what to do next, and what the peak is made
    of. `--all` adds long-lived and large tensors, the tail by operator, other targets and the board's memories.
    """
    reserve_bytes = None if reserve is None else parse_size(reserve)
    found = inspect_model(
        model,
        target=target,
        board=board,
        kernels=kernels,
        reserve_bytes=reserve_bytes,
        estimate=estimate,
        tflm=tflm,
        memories=memory or (),
        arena=arena,
        pins=pin or (),
        exact=exact,
    )
    if as_json:
        typer.echo(render_json(found))
    else:
        render(found, console(), plan=plan, everything=everything)
