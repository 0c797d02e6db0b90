"""`arenafit overlay`: the arena in other tools' words."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from arenafit.api.overlay import overlay_model
from arenafit.cli._console import say
from arenafit.cli._options import BoardOption, JsonOption, KernelsOption, ModelArgument, TargetOption
from arenafit.outputs import check_outputs, is_stdout, save_bytes
from arenafit.report.render.model_explorer import Metric
from arenafit.targets.boards import board_file


class Tool(Enum):
    """The tools there are overlays for."""

    MODEL_EXPLORER = "model-explorer"
    PERFETTO = "perfetto"


def run(
    model: ModelArgument,
    *,
    to: Annotated[
        Tool,
        typer.Option(
            help="`model-explorer`: node data for `model-explorer MODEL --node_data_paths FILE`;"
            " `perfetto`: the plan as a trace for ui.perfetto.dev, bytes across.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write.", show_default=False)
    ] = None,
    metric: Annotated[Metric, typer.Option(help="What Model Explorer colours operators by.")] = Metric.LIVE,
    target: TargetOption = None,
    board: BoardOption = None,
    kernels: KernelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the arena's figures for another tool to show: Model Explorer beside the graph, or Perfetto as a trace."""
    if output is not None and not as_json:
        check_outputs([output], [model, board_file(board)])
    elif not as_json:
        raise typer.BadParameter("name the file to write, or print it with --json", param_hint="'--output' / '-o'")
    text = overlay_model(
        model,
        metric=metric if to is Tool.MODEL_EXPLORER else None,
        target=target,
        board=board,
        kernels=kernels,
    )
    if as_json or output is None:
        typer.echo(text)
        return
    save_bytes(text.encode(), output, never=model)
    say(f"written: {output}", err=is_stdout(output))
