"""`arenafit.overlay_model`: a model's figures for other tools to show."""

from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.api.arguments import takes_models
from arenafit.api.report import view_model
from arenafit.errors import UnsupportedModelError, naming
from arenafit.fit.diagnosis import explained
from arenafit.report.documents.compose import Source
from arenafit.report.render.model_explorer import Metric, node_data
from arenafit.report.render.perfetto import trace
from arenafit.targets.choice import choose
from arenafit.tflm import footprint
from arenafit.validity import demand
from arenafit.validity.usual import dated, release_for

StrPath: TypeAlias = str | PathLike[str]


@takes_models
@explained
def overlay_model(
    path: StrPath,
    *,
    metric: Metric | None = Metric.LIVE,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    tflm: str | None = None,
) -> str:
    """Return JSON for Model Explorer (node data of `metric`) or, without a metric, for Perfetto (the plan as a trace).

    Options and errors as for `inspect_model`.
    """
    named, found = choose(target, board, kernels)
    source = Source.of(Path(path))
    chosen = dated(named, release_for(tflm, found, source.model))
    try:
        demand(source.model, chosen)
        if metric is not None:
            return node_data(view_model(path, target=target, board=board, kernels=kernels, tflm=tflm), metric)
        return trace(source.model, footprint(source.model, chosen), source.file.name)
    except UnsupportedModelError as error:
        raise naming(source.file, error) from None
