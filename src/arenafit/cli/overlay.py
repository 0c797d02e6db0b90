"""`arenafit overlay`: the arena in other tools' words."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from arenafit.api.inspect import inspect_model
from arenafit.api.overlay import overlay_model
from arenafit.cli._console import console
from arenafit.cli._options import BoardOption, JsonOption, KernelsOption, ModelArgument, TargetOption, TflmOption
from arenafit.outputs import check_outputs, save_bytes
from arenafit.report.documents.answers.answer import NextStep, quoted
from arenafit.report.documents.answers.views import overlay_answer
from arenafit.report.render.model_explorer import Metric
from arenafit.report.render.terminal._answer import answer as render_answer
from arenafit.report.render.terminal._tables import printable
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
    tflm: TflmOption = None,
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
        tflm=tflm,
    )
    if as_json or output is None:
        typer.echo(text)
        return
    save_bytes(text.encode(), output, never=model)
    found = inspect_model(model, target=target, board=board, kernels=kernels, tflm=tflm).answer
    out = console(output)
    render_answer(overlay_answer(found, _shown(to, model, output)), out)
    out.print(printable(f"written: {output}"))


def _shown(to: Tool, model: Path, output: Path) -> NextStep:
    if to is Tool.MODEL_EXPLORER:
        words = ["model-explorer", str(model), "--node_data_paths", str(output)]
        return NextStep(" ".join(quoted(word) for word in words), "the graph, coloured by what its operators take")
    return NextStep("python -m webbrowser https://ui.perfetto.dev", f"then open {output} there")
