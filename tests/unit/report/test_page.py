"""The report as a document and as a page: self-contained, honest about what was measured, safe with hostile names."""

import json
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from arenafit.api.report import report_model
from arenafit.api.whatif import whatif_model
from arenafit.errors import DataError
from arenafit.fit import Settings
from arenafit.fit.search.evaluation import price
from arenafit.ir import DType, Model
from arenafit.report.documents.answers.views import least_bytes
from arenafit.report.documents.explanation import ModelRow
from arenafit.report.documents.fit import FitDocument
from arenafit.report.documents.opportunities import Opportunities, opportunities
from arenafit.report.documents.plan import PlanDocument
from arenafit.report.documents.report_hero import hero
from arenafit.report.render.html import render
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import read_model, write_bytes
from arenafit.tflm import footprint
from support.models import conv_chain, residual
from support.small_models import while_loop

# What the same inputs give is the same: how long it took is no part of it.
UNTIMED = (Opportunities, FitDocument, PlanDocument, ModelRow)


def saved(folder: Path, model: Model, name: str = "model.tflite") -> Path:
    file = folder / name
    file.write_bytes(write_bytes(model))
    return file


def embedded(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def test_the_page_needs_nothing_from_outside(tmp_path: Path) -> None:
    page = render(report_model(saved(tmp_path, residual()), effort=0))
    assert "default-src 'none'" in page
    assert not re.findall(r"<(?:script|img|link|iframe)[^>]+(?:src|href)=[\"'](?!data:)", page)
    assert not re.findall(r"url\((?!#)", page)
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg", "https://github.com/dagrejs/dagre"}


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    model = residual()
    name = "</script><script>alert(1)</script><!-- <b>&amp;"
    main = replace(model.main, tensors=tuple(replace(tensor, name=name) for tensor in model.main.tensors))
    page = render(report_model(saved(tmp_path, replace(model, graphs=(main,))), effort=0))
    assert "<script>alert(1)" not in page
    models = embedded(page)["models"]
    assert isinstance(models, list)
    assert models[0]["memory"]["buffers"][0]["name"] == name


def test_the_page_shows_every_graph_and_operator(tmp_path: Path) -> None:
    model = while_loop()
    models = embedded(render(report_model(saved(tmp_path, model), effort=0)))["models"]
    assert isinstance(models, list)
    assert [graph["name"] for graph in models[0]["graphs"]] == [graph.name for graph in model.graphs]
    assert len(models[0]["operators"]) == len(model.ops)


def test_before_and_after_with_the_steps_between(tmp_path: Path) -> None:
    before = saved(tmp_path, residual())
    after = saved(tmp_path, price(residual(), CORTEX_M4).model, "after.tflite")
    steps = tmp_path / "fit.json"
    size = after.stat().st_size
    steps.write_text(json.dumps(fit_document(size)), encoding="utf-8")
    found = report_model(before, fitted=after, steps=steps, effort=0)
    assert found.trail is not None
    assert [step.what for step in found.trail.steps] == ["the model as it is", "an offline plan written"]
    assert found.changes is not None
    page = render(found)
    assert "an offline plan written" in page
    assert "outputs equal bit for bit on 12 inputs" in page


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ({"document": "arenafit.other"}, "not what 'arenafit fit --json' prints"),
        ({"version": 1}, "not what 'arenafit fit --json' prints"),
        ({"steps": None}, "missing or has the wrong type"),
        ({"verdict": {}}, "missing or has the wrong type"),
        ({"steps": []}, "another model's steps"),
    ],
)
def test_steps_that_are_none_are_refused(damage: dict[str, object], says: str, tmp_path: Path) -> None:
    model = saved(tmp_path, residual())
    steps = tmp_path / "fit.json"
    steps.write_text(json.dumps({**fit_document(model.stat().st_size), **damage}), encoding="utf-8")
    with pytest.raises(DataError, match=says):
        report_model(model, fitted=model, steps=steps, effort=0)


def test_steps_of_another_model_or_no_json_are_refused(tmp_path: Path) -> None:
    model = saved(tmp_path, residual())
    steps = tmp_path / "fit.json"
    steps.write_text(json.dumps(fit_document(1)), encoding="utf-8")
    with pytest.raises(DataError, match="another model's steps"):
        report_model(model, fitted=model, steps=steps, effort=0)
    with pytest.raises(DataError, match="none is named"):
        report_model(model, steps=steps, effort=0)
    steps.write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="is no JSON"):
        report_model(model, fitted=model, steps=steps, effort=0)
    with pytest.raises(DataError, match="not both"):
        report_model(model, fitted=model, fit=True)


def test_what_could_be_done_is_priced_as_a_footprint_would() -> None:
    model = residual(size=24)
    found = opportunities(model, Settings(target=CORTEX_M4, effort=2000))
    assert found.figures == "predicted"
    assert found.arena_bytes == footprint(model, CORTEX_M4).min_arena_bytes
    assert found.rows
    assert [row.saved_bytes for row in found.rows] == sorted((row.saved_bytes for row in found.rows), reverse=True)
    for row in found.rows:
        assert row.saved_bytes == found.arena_bytes - row.arena_bytes > 0
    plans = [row for row in found.rows if row.kind == "plan"]
    planned = price(model, CORTEX_M4).arena_bytes
    assert [row.arena_bytes for row in plans] == ([planned] if planned < found.arena_bytes else [])
    assert found.advice == ()


def test_other_structures_are_told_as_whatif_tells_them(tmp_path: Path) -> None:
    file = saved(tmp_path, conv_chain(DType.INT8))
    found = report_model(file, effort=100)
    assert found.opportunities is not None
    told = found.opportunities.structures
    asked = whatif_model(file)
    listed = [row for row in asked.rows if row.listed]
    assert [row.settings for row in told] == [row.settings for row in listed[:6]]
    assert [row.arena_bytes for row in told] == [row.price.arena_bytes for row in listed[:6]]
    assert [row.saved_bytes for row in told] == [asked.before.arena_bytes - row.arena_bytes for row in told]
    # What computes something else is nothing that the first line may promise.
    assert least_bytes(found.opportunities) == min((row.arena_bytes for row in found.opportunities.rows), default=None)
    page = render(found)
    assert all(f"<code>{row.settings[0]}</code><br>" in page for row in told)
    assert {"keeps weights"} < {row.needs for row in told}


def test_neither_page_nor_document_tells_how_long_making_it_took(tmp_path: Path) -> None:
    file = saved(tmp_path, conv_chain(DType.INT8))
    one, other = (report_model(file, effort=100) for _ in range(2))
    assert one.opportunities is not None
    assert one.to_json() == other.to_json()
    assert render(one) == render(other)
    timed = {kind: [item.name for item in fields(kind) if "seconds" in item.name] for kind in UNTIMED}
    assert not any(timed.values()), timed


def test_a_model_that_cannot_be_changed_has_no_other_structures() -> None:
    assert opportunities(while_loop(), Settings(target=CORTEX_M4, effort=100)).structures == ()


def test_a_float_model_is_told_to_be_quantised_without_a_made_up_figure() -> None:
    (line,) = opportunities(conv_chain(DType.FLOAT32), Settings(target=CORTEX_M4, effort=100)).advice
    assert "arenafit quantize" in line
    assert not re.search(r"\d[\d,]+ bytes", line)


def test_measured_and_predicted_stand_apart(tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    model = saved(tmp_path, residual())
    found = report_model(model, effort=0, measure=True)
    assert found.measured_before is not None
    assert found.measured_before.total_bytes == read_footprint(model)
    page = render(found)
    assert "equal in all" in page
    assert "tag-measured" in page
    assert 'class="tag tag-measured"' not in render(report_model(model, effort=0))


def test_a_board_whose_usual_kernels_are_not_modelled_gets_prices_too(tmp_path: Path) -> None:
    model = saved(tmp_path, residual(size=24))
    board = tmp_path / "other.toml"
    board.write_text(
        """
title = "Other board"
mcu = "none"
core = "Cortex-M4F"
abi = "ilp32"
kernels = "cmsis-nn-dsp"
usual_kernels = "other"
flash_bytes = 1048576
flash_reserve_bytes = 0
sources = ["this test"]
[[ram]]
name = "SRAM"
size_bytes = 4096
reserve_bytes = 0
speed = "sram"
""",
        encoding="utf-8",
    )
    found = report_model(model, effort=2000, board=str(board))
    assert found.before.inspection.estimated
    assert found.opportunities is not None
    assert found.opportunities.rows
    first = hero(found)
    assert (first.fits, first.budget_bytes) == (False, 4096)
    assert first.arena_bytes == found.before.inspection.min_arena_bytes > 4096
    assert first.can_be_bytes == min(row.arena_bytes for row in found.opportunities.rows)
    assert first.sentence.startswith(f"Does not fit Other board: {first.arena_bytes - 4096:,} bytes too many in SRAM")
    assert first.command == "arenafit fit model.tflite --board other.toml --smallest -o model_fitted.tflite"


def test_the_first_line_of_a_fitted_model_tells_both_sizes_and_quotes_names(tmp_path: Path) -> None:
    before = saved(tmp_path, residual(), "-a model.tflite")
    after = saved(tmp_path, price(residual(), CORTEX_M4).model, "after.tflite")
    found = report_model(before, fitted=after, effort=0)
    first = hero(found)
    assert found.after is not None
    assert (first.was_bytes, first.arena_bytes) == (
        found.before.inspection.min_arena_bytes,
        found.after.inspection.min_arena_bytes,
    )
    assert (first.fits, first.budget_bytes, first.can_be_bytes) == (None, None, None)
    assert first.command == "arenafit measure after.tflite --min-arena"
    alone = hero(report_model(before, effort=0))
    assert alone.command == "arenafit fit './-a model.tflite' -o './-a model_fitted.tflite'"


def read_footprint(file: Path) -> int:
    from arenafit.targets.target import WHEEL  # noqa: PLC0415  # only this test compares with the wheel

    return footprint(read_model(file), WHEEL).recording.total_bytes


def fit_document(size: int) -> dict[str, object]:
    def step(rewrite: str, what: str) -> dict[str, object]:
        sizes = {"predicted_bytes": 5000, "measured_bytes": None, "instructions": 1000, "flash_bytes": size}
        return {"rewrite": rewrite, "what": what, "where": [], **sizes}

    return {
        "document": "arenafit.fit",
        "version": 3,
        "claim": "bit-exact",
        "target": "cortex-m4",
        "steps": [step("original", "the model as it is"), step("plan", "an offline plan written")],
        "verdict": {"verified": True, "difference": None, "inputs": 12, "runtime": "tflite-micro 0"},
    }
