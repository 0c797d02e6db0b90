"""`arenafit export`: what goes into firmware."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from arenafit.api.export import export_model
from arenafit.api.parts import export_parts
from arenafit.cli._console import console
from arenafit.cli._options import (
    ArenaOption,
    BoardOption,
    EstimateOption,
    ExactOption,
    JsonOption,
    KernelsOption,
    MemoryOption,
    ModelArgument,
    PinOption,
    TargetOption,
    TflmOption,
)
from arenafit.errors import ConfigError
from arenafit.export import SourceLayout
from arenafit.export.parts import is_parts
from arenafit.report.documents.export import ExportDocument
from arenafit.report.render.json import render as render_json
from arenafit.report.render.terminal.export import render
from arenafit.units import parse_size


class Language(StrEnum):
    """What to export to."""

    CPP = "cpp"


def run(
    model: ModelArgument,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write into.", show_default=False)
    ],
    language: Annotated[Language, typer.Option("--to", help="What to export to.")] = Language.CPP,
    layout: Annotated[SourceLayout, typer.Option(help="How the files are arranged.")] = SourceLayout.PLAIN,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Namespace and name in C++; by default of the file.", show_default=False),
    ] = None,
    margin: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Added to the predicted sizes: `0` trusts them to the byte. Default: 1K, in a manifest 8K.",
            show_default=False,
        ),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.json",
            help="An ESPHome microWakeWord manifest to write anew with this model's arena size.",
            show_default=False,
        ),
    ] = None,
    target: TargetOption = None,
    board: BoardOption = None,
    kernels: KernelsOption = None,
    tflm: TflmOption = None,
    estimate: EstimateOption = False,
    untrained: Annotated[
        bool, typer.Option("--untrained", help="Export a model that `whatif` made and nobody trained.")
    ] = False,
    memory: MemoryOption = None,
    arena: ArenaOption = None,
    pin: PinOption = None,
    exact: ExactOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the model as C++: its data, the size of its arena, a resolver with its operators, its inputs and outputs.

    The sizes are predicted for the target and stated as one arena and as two (persistent memory may be slower).
    With `--memory` a planner is written that leads the buffers into several memories, on TFLM as it is.
    Neither the model nor the manifest is overwritten. Of
    a folder that `fit --parts` wrote, the runner that hands over from part to part is written.
    """
    _ = language  # there is one so far; the option keeps room for others
    if is_parts(model):
        if manifest is not None or estimate or untrained or memory or arena or pin or layout is not SourceLayout.PLAIN:
            raise ConfigError(
                f"{model}: parts go with neither --manifest, --estimate, --untrained, --memory, --arena, --pin nor a"
                " --layout"
            )
        document = export_parts(
            model,
            output,
            name=name,
            margin_bytes=None if margin is None else parse_size(margin),
            target=target,
            board=board,
            kernels=kernels,
            tflm=tflm,
        )
        _show(document, as_json=as_json)
        return
    document = export_model(
        model,
        output,
        layout=layout,
        name=name,
        margin_bytes=None if margin is None else parse_size(margin),
        manifest=manifest,
        target=target,
        board=board,
        kernels=kernels,
        tflm=tflm,
        estimate=estimate,
        untrained=untrained,
        memories=memory or (),
        arena=arena,
        pins=pin or (),
        exact=exact,
    )
    _show(document, as_json=as_json)


def _show(document: ExportDocument, *, as_json: bool) -> None:
    if as_json:
        typer.echo(render_json(document))
    else:
        render(document, console())
