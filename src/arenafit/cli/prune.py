"""`arenafit prune`: fewer channels from trained weights, without training."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from arenafit.api.prune import Prune, prune_model
from arenafit.cli._console import console, error_console
from arenafit.cli._options import BoardOption, JsonOption, ModelArgument, OutputModelOption, TargetOption, TflmOption
from arenafit.cli._shares import share
from arenafit.errors import ConfigError
from arenafit.learn.engine import EngineName
from arenafit.outputs import is_stdout
from arenafit.prune.path import Objective
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal.prune import render
from arenafit.units import parse_size


def run(
    model: ModelArgument,
    *,
    data: Annotated[
        str,
        typer.Option(
            "--data",
            metavar="FILE|FOLDER|module:function|synthetic",
            help="Calibration samples, labels not needed; `synthetic` makes some up (`synthetic:-1,1`: their range).",
            show_default=False,
        ),
    ],
    output: OutputModelOption,
    evaluation: Annotated[
        str | None,
        typer.Option(
            "--eval",
            metavar="FILE|FOLDER|module:function",
            help="Samples to judge by, with `labels` or target values if there are any.",
            show_default=False,
        ),
    ] = None,
    max_drop: Annotated[
        str | None,
        typer.Option(
            metavar="1%",
            help="The greatest loss on held-back calibration samples; by default 1 %, or any with `--ram`.",
            show_default=False,
        ),
    ] = None,
    ram: Annotated[
        str | None, typer.Option(metavar="SIZE", help="The arena to come down to, like `96K`.", show_default=False)
    ] = None,
    objective: Annotated[Objective, typer.Option(help="What shall get smaller.")] = Objective.STOCK,
    form: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="int8",
            help="Judge losses and price fits of the int8 model to come.",
            show_default=False,
        ),
    ] = None,
    distil: Annotated[
        bool, typer.Option("--distil", help="Then train it to give what the original gives; no labels needed.")
    ] = False,
    distil_steps: Annotated[int, typer.Option(metavar="N", help="Batches of 32 that `--distil` takes.", min=1)] = 240,
    engine: Annotated[
        EngineName, typer.Option(help="What computes `--distil`; tensorflow needs `pip install 'arenafit[train]'`.")
    ] = EngineName.NUMPY,
    force: Annotated[
        bool, typer.Option("--force", help="Go on where the forecast says that it will not work.")
    ] = False,
    history: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the result here; its models may be pruned further.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the choice of rows, and of `--distil`.")] = 0,
    target: TargetOption = None,
    board: BoardOption = None,
    tflm: TflmOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take channels out of a trained model and fit the weights that read them again, in closed form.

    Which channels go is decided on the calibration data, by true bytes saved for the error added. The verdict is the
    real TFLM's, against the original. A model whose layers are not redundant is refused, with its tight layers named.
    """
    if form not in (None, "int8"):
        raise ConfigError(f"--as {form}: a model can be judged as int8")
    options = Prune(
        evaluation=evaluation,
        max_drop=None if max_drop is None else share(max_drop),
        ram_bytes=None if ram is None else parse_size(ram),
        objective=objective.value,
        target=target,
        board=board,
        tflm=tflm,
        force=force,
        history=history,
        seed=seed,
        distil=distil_steps if distil else 0,
        engine=engine.value,
        as_int8=form is not None,
    )
    shown = error_console()
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), console=shown, transient=True, disable=not shown.is_terminal
    ) as progress:
        task = progress.add_task("reading", total=None)
        document = prune_model(
            model, data, output, options, report=lambda doing: progress.update(task, description=doing)
        )
    if as_json:
        typer.echo(render_json(document), err=is_stdout(output))
    else:
        render(document, console(output))
