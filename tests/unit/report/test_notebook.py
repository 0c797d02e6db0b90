"""Documents in a notebook: short texts, pictures that are safe and true, JSON that is read back."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

import arenafit
from arenafit.errors import DataError
from arenafit.report.documents.boards import BoardsDocument
from arenafit.report.documents.document import Document
from arenafit.report.documents.html_report import ReportDocument
from arenafit.report.documents.inspection import Inspection
from arenafit.tflite import write_bytes
from support.models import residual

CONTENT = write_bytes(residual(size=24))


def parsed(shown: str) -> ET.Element:
    return ET.fromstring(shown)  # noqa: S314  # our own output


def documents() -> list[Document]:
    inspected = arenafit.inspect_model(CONTENT, board="arduino-nano-33-ble")
    return [inspected, arenafit.report_model(CONTENT, effort=0)]


@pytest.mark.parametrize("document", documents(), ids=lambda found: type(found).__name__)
def test_a_document_is_short_in_text_and_read_back_from_its_json(document: Document) -> None:
    assert repr(document).startswith(f"<{type(document).__name__}: ")
    assert len(repr(document)) < 200
    assert "\n" not in repr(document)
    again = type(document).from_json(document.to_json())
    assert again == document
    assert type(again) is type(document)


@pytest.mark.parametrize("document", documents(), ids=lambda found: type(found).__name__)
def test_the_picture_is_well_formed_and_has_the_figures(document: Document) -> None:
    shown = document._repr_html_()
    root = parsed(shown)
    assert root.find(".//svg") is not None
    inspected = document.before.inspection if isinstance(document, ReportDocument) else document
    assert isinstance(inspected, Inspection)
    assert f"tail {inspected.tail.size_bytes:,}" in shown
    assert f"{inspected.min_arena_bytes:,} bytes" in shown
    assert len(root.findall(".//rect")) > len(inspected.head.peak.buffers)


def test_the_map_draws_each_buffer_in_its_place() -> None:
    report = arenafit.report_model(CONTENT, effort=0)
    memory = report.before.memory
    rects = parsed(report._repr_html_()).findall(".//g/rect")
    assert len(rects) == len(memory.buffers) + 1
    bottoms = [float(rect.get("y", "")) + float(rect.get("height", "")) for rect in rects[1:]]
    offsets = sorted(260 * (1 - buffer.offset_bytes / memory.arena_bytes) for buffer in memory.buffers)
    assert sorted(bottoms) == pytest.approx(offsets, abs=1.2)


def test_names_are_text_in_a_picture_and_in_a_line() -> None:
    model = residual()
    name = "</svg><script>alert(1)</script>\x1b[31m"
    main = replace(model.main, tensors=tuple(replace(tensor, name=name) for tensor in model.main.tensors))
    document = arenafit.report_model(write_bytes(replace(model, graphs=(main,))), effort=0)
    assert "<script>" not in document._repr_html_()
    assert "\x1b" not in document._repr_html_()
    inspected = arenafit.inspect_model(CONTENT)
    renamed = replace(inspected, answer=replace(inspected.answer, result="a\x1b[31m\nb"))
    assert repr(renamed) == "<Inspection: a?[31m>"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"document": "arenafit.fit"}, "no document arenafit.inspection, version"),
        ({"version": 99}, "no document arenafit.inspection, version"),
        ({"min_arena_bytes": "many"}, "inspection.min_arena_bytes: must be int, not str"),
        ({"min_arena_bytes": True}, "inspection.min_arena_bytes: must be int, not bool"),
        ({"target": None}, "inspection.target: must be an object"),
        ({"estimated": 3}, "inspection.estimated: must be a list"),
        ({"findings": [{"severity": "warn"}]}, r"inspection.findings\[0\]: the field 'kind' is missing"),
    ],
)
def test_json_that_is_no_such_document_is_refused(change: dict[str, object], says: str) -> None:
    data = json.loads(arenafit.inspect_model(CONTENT).to_json())
    with pytest.raises(DataError, match=says):
        Inspection.from_json(json.dumps({**data, **change}))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "3", '{"document": "arenafit.inspection"}'])
def test_text_that_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        Inspection.from_json(text)


def test_unknown_fields_pass_and_new_ones_may_be_absent() -> None:
    document = arenafit.inspect_model(CONTENT)
    data = json.loads(document.to_json())
    del data["findings"]
    assert Inspection.from_json(json.dumps({**data, "later": 1})) == document


def test_a_document_without_a_picture_is_a_table() -> None:
    shown = BoardsDocument(boards=())._repr_html_()
    assert parsed(shown).find(".//table") is not None
