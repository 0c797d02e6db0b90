"""What other tools are given: node data for Model Explorer, a trace for Perfetto."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from arenafit.api.overlay import overlay_model
from arenafit.errors import RefusedModelError
from arenafit.fit.search.evaluation import price
from arenafit.ir import Editor, Model
from arenafit.report.documents.views import model_view
from arenafit.report.render.model_explorer import Metric, node_data
from arenafit.report.render.perfetto import trace
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import write_bytes
from arenafit.tflm import Footprint, footprint
from support.models import conv_chain, residual
from support.small_models import call_once, while_loop

MAKERS = [conv_chain, residual, while_loop, call_once]


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_node_data_has_a_figure_for_every_operator_of_every_graph(make: Callable[[], Model], metric: Metric) -> None:
    model = make()
    view = model_view(model, write_bytes(model), "m", CORTEX_M4)
    found: dict[str, Any] = json.loads(node_data(view, metric))
    assert list(found) == [graph.name or "main" for graph in model.graphs]
    for graph, data in zip(model.graphs, found.values(), strict=True):
        assert set(data["results"]) <= {str(index) for index in range(len(graph.ops))}
        if metric in {Metric.OUTPUT, Metric.TAIL}:
            assert len(data["results"]) == len(graph.ops)
        assert [stop["stop"] for stop in data["gradient"]] == [0.0, 0.35, 0.7, 1.0]
        assert all(isinstance(entry["value"], int) for entry in data["results"].values())


def test_node_data_says_what_the_rows_say() -> None:
    model = residual()
    view = model_view(model, write_bytes(model), "m", CORTEX_M4)
    results = json.loads(node_data(view, Metric.LIVE))["main"]["results"]
    assert {int(index): entry["value"] for index, entry in results.items()} == {
        row.index: row.live_bytes for row in view.operators
    }


def slices(found: dict[str, Any], process: int) -> list[dict[str, Any]]:
    return [event for event in found["traceEvents"] if event["ph"] == "X" and event["pid"] == process]


def traced(model: Model) -> tuple[dict[str, Any], Footprint]:
    priced = footprint(model, CORTEX_M4)
    return json.loads(trace(model, priced, "m")), priced


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_the_trace_holds_every_buffer_in_every_step_and_the_whole_tail(make: Callable[[], Model]) -> None:
    found, priced = traced(make())
    lifetimes = sum(item.buffer.live.end - item.buffer.live.first for item in priced.plan)
    head, tail = slices(found, 1), slices(found, 2)
    assert len(head) == lifetimes
    assert max(event["ts"] + event["dur"] for event in head) == priced.head_bytes
    assert sum(event["dur"] for event in tail) == priced.tail_bytes
    assert max(event["ts"] + event["dur"] for event in tail) == priced.min_arena_bytes
    assert all(event["ts"] >= priced.head_bytes for event in tail)


def test_slices_of_a_row_nest_even_where_buffers_share_memory() -> None:
    found, _ = traced(price(residual(), CORTEX_M4).model)
    rows: dict[int, list[tuple[int, int]]] = {}
    for event in slices(found, 1):
        rows.setdefault(event["tid"], []).append((event["ts"], event["ts"] + event["dur"]))
    for row in rows.values():
        for (first, end), (other, other_end) in combinations(row, 2):
            apart = end <= other or other_end <= first
            nested = (first <= other and other_end <= end) or (other <= first and end <= other_end)
            assert apart or nested


def test_steps_name_their_operators(tmp_path: Path) -> None:
    file = tmp_path / "loop.tflite"
    file.write_bytes(write_bytes(while_loop()))
    found = json.loads(overlay_model(file, metric=None))
    names = [event["args"]["name"] for event in found["traceEvents"] if event["name"] == "thread_name"]
    assert any("#0 WHILE" in name or " WHILE" in name for name in names)
    assert any("graph 2 #" in name for name in names)


@pytest.mark.parametrize("metric", [None, Metric.LIVE])
def test_no_overlay_is_made_of_a_model_that_tflm_refuses(metric: Metric | None, tmp_path: Path) -> None:
    model = conv_chain()
    taps = model.tensors[model.main.ops[0].operands[1]]
    assert taps.quant is not None
    editor = Editor(model)
    editor.update_tensor(replace(taps, quant=replace(taps.quant, scales=(float("nan"),) * len(taps.quant.scales))))
    file = tmp_path / "nan.tflite"
    file.write_bytes(write_bytes(editor.build()))
    with pytest.raises(RefusedModelError, match=r"nan\.tflite: .*scale"):
        overlay_model(file, metric=metric)
