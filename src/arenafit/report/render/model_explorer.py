"""Node data for Model Explorer (ai-edge-model-explorer): a figure for every operator, with a colour scale.

Keys are what its built-in adapter of ``.tflite`` files calls graphs (their names) and nodes (the operator's index in
its graph), checked against release 0.1.34.
"""

import json
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from arenafit.report.documents.operators import OperatorRow
from arenafit.report.documents.views import ModelView


class Metric(Enum):
    """What to colour operators by."""

    LIVE = "live"
    OUTPUT = "output"
    SCRATCH = "scratch"
    TAIL = "tail"
    MACS = "macs"
    INSTRUCTIONS = "instructions"


_FIGURES: Mapping[Metric, tuple[str, Callable[[OperatorRow], int | None]]] = {
    Metric.LIVE: ("live bytes (predicted)", lambda row: row.live_bytes),
    Metric.OUTPUT: ("output bytes", lambda row: row.out_bytes),
    Metric.SCRATCH: ("scratch bytes (predicted)", lambda row: row.scratch_bytes),
    Metric.TAIL: ("tail bytes (predicted)", lambda row: row.tail_bytes),
    Metric.MACS: ("MACs of one Invoke", lambda row: row.macs),
    Metric.INSTRUCTIONS: ("instructions (estimated)", lambda row: row.instructions),
}
# From light to dark, told apart without colour vision too.
_GRADIENT = (
    (0.0, "#fff7ec", "black"),
    (0.35, "#fdd49e", "black"),
    (0.7, "#fc8d59", "black"),
    (1.0, "#990000", "white"),
)


def node_data(view: ModelView, metric: Metric) -> str:
    """Return the file for ``model-explorer MODEL --node_data_paths FILE``; operators without a figure are left out."""
    name, figure = _FIGURES[metric]
    graphs: dict[str, Any] = {}
    for graph in view.graphs:
        results = {
            str(row.index): {"value": value}
            for row in view.operators[graph.first_op : graph.end_op]
            if (value := figure(row)) is not None
        }
        graphs[graph.name] = {"results": results, "name": f"arenafit: {name}", "gradient": _gradient()}
    return json.dumps(graphs, indent=1) + "\n"


def _gradient() -> list[dict[str, Any]]:
    return [{"stop": stop, "bgColor": colour, "textColor": ink} for stop, colour, ink in _GRADIENT]
