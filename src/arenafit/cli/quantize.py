"""`arenafit quantize`: from a float model to one that TFLM runs in int8, and what that costs."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from arenafit.api.quantize import Quantize, quantize_model
from arenafit.cli._console import console, error_console
from arenafit.cli._options import (
    BoardOption,
    JsonOption,
    KernelsOption,
    ModelArgument,
    OutputModelOption,
    TargetOption,
    TflmOption,
)
from arenafit.cli._shares import share
from arenafit.outputs import is_stdout
from arenafit.quantize import QuantizeRecipe
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal.quantize import render
from arenafit.units import parse_size


class Io(StrEnum):
    """Types at the boundary of the model."""

    FLOAT = "float"
    INT8 = "int8"


def run(
    model: ModelArgument,
    *,
    data: Annotated[
        str,
        typer.Option(
            "--data",
            metavar="FILE|FOLDER|module:function",
            help="Calibration samples: `.npz` (arrays named as the inputs), `.npy`, a folder of `.npy`, or a callable.",
            show_default=False,
        ),
    ],
    output: OutputModelOption,
    evaluation: Annotated[
        str | None,
        typer.Option(
            "--eval",
            metavar="FILE|FOLDER|module:function",
            help="Evaluation samples, with `labels` or target values if there are any.",
            show_default=False,
        ),
    ] = None,
    recipe: Annotated[
        QuantizeRecipe, typer.Option(help="Mixed chooses int8 or int16 per operator.")
    ] = QuantizeRecipe.INT8,
    io: Annotated[Io, typer.Option(help="Inputs and outputs: float, or of the recipe's integer type.")] = Io.INT8,
    max_drop: Annotated[
        str | None,
        typer.Option(metavar="1%", help="The greatest loss allowed (see below); mixed: 1 %.", show_default=False),
    ] = None,
    ram: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="The greatest arena allowed, like `96K`.", show_default=False),
    ] = None,
    target: TargetOption = None,
    board: BoardOption = None,
    kernels: KernelsOption = None,
    tflm: TflmOption = None,
    dense_per_channel: Annotated[
        bool,
        typer.Option(
            "--dense-per-channel", help="A scale per output of dense layers: more exact, 8 bytes of arena for each."
        ),
    ] = False,
    only: Annotated[bool, typer.Option("--only", help="Do not try the other recipes for comparison.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Quantise a float model for TFLM and show memory and accuracy side by side.

    Loss is measured in the real TFLM, float against quantised: with class labels the accuracy lost, with target values
    the relative rise of the mean squared error, without labels the disagreement of a classifier's argmax, else the
    noise's share of the output's energy. Operators that TFLM has no integer kernel for stay float, and are listed.
    """
    options = Quantize(
        evaluation=evaluation,
        recipe=recipe.value,
        float_io=io is Io.FLOAT,
        dense_per_channel=dense_per_channel,
        max_drop=None if max_drop is None else share(max_drop),
        ram_bytes=None if ram is None else parse_size(ram),
        compare=not only,
        target=target,
        board=board,
        kernels=kernels,
        tflm=tflm,
    )
    errors = error_console()
    # On a terminal only: elsewhere it would leave empty lines.
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
        bar = progress.add_task("starting")
        document = quantize_model(model, data, output, options, report=lambda *step: _show_step(progress, bar, *step))
    if as_json:
        typer.echo(render_json(document), err=is_stdout(output))
    else:
        render(document, console(output))


def _show_step(progress: Progress, bar: TaskID, doing: str, done: int, total: int | None) -> None:
    progress.update(bar, description=doing, completed=done, total=total)
