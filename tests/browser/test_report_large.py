"""A graph of 300 operators in a real Chromium: read as a whole, and its tail told apart."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

pytest.importorskip("selenium", reason="needs selenium to drive a browser")

from arenafit.api.report import report_model
from arenafit.report.render.html import render
from arenafit.tflite import write_bytes
from support.browser import DESKTOP, Page, chromium
from support.models import conv_chain

OPERATORS = 304


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page of a chain of 300 convolutions, its graph laid out."""
    folder = tmp_path_factory.mktemp("large")
    (folder / "chain.tflite").write_bytes(write_bytes(conv_chain(layers=300, size=16, channels=8)))
    found = report_model(folder / "chain.tflite", effort=0, board="esp32")
    (folder / "chain.html").write_text(render(found), encoding="utf-8")
    with chromium(DESKTOP, tmp_path_factory.mktemp("desktop")) as shown:
        shown.open(folder / "chain.html")
        shown.run("document.getElementById('graph-pane').scrollIntoView()")
        shown.wait(f"document.querySelectorAll('#graph-pane .node[data-kind=op]').length === {OPERATORS}")
        yield shown


def test_all_of_it_can_be_read_at_once(page: Page) -> None:
    page.click("[data-graph-zoom=fit]")
    assert page.each("#graph-pane", "it.scrollHeight <= it.clientHeight && it.scrollWidth <= it.clientWidth") == [True]
    frames = page.each("#graph-pane .node[data-kind=op]", "it.getBoundingClientRect().toJSON()")
    names = page.each("#graph-pane .short", "[it.textContent, it.getBoundingClientRect().height]")
    assert [name for name, _ in names] == [f"#{index}" for index in range(OPERATORS)]
    assert min(height for _, height in names) >= 8
    for one, other in pairwise(frames):
        assert one["bottom"] <= other["top"] or one["right"] <= other["left"]
    kinds = page.each("#graph-pane .kind", "it.getBoundingClientRect().width")
    assert min(kinds) >= 6
    assert page.console() == []


def test_one_column_is_the_graph_as_it_was(page: Page) -> None:
    page.click("[data-graph-zoom=fit]")
    assert page.each("[data-graph-zoom=column]", "it.hidden") == [False]
    page.click("[data-graph-zoom=column]")
    assert page.each("[data-graph-zoom=column]", "it.hidden") == [True]
    assert len(set(page.each("#graph-pane .node[data-kind=op]", "Math.round(it.getBoundingClientRect().left)"))) == 1
    assert page.each("#graph-pane", "it.scrollHeight > it.clientHeight") == [True]


def test_a_selection_is_found_in_the_folded_graph(page: Page) -> None:
    page.click("[data-graph-zoom=fit]")
    page.run("document.querySelector('#ops tr[data-index=\"200\"]').click()")
    marked = page.each("#graph-pane .node.on", "[it.dataset.index, it.getBoundingClientRect().left]")
    left, right = page.each("#graph-pane", "[it.getBoundingClientRect().left, it.getBoundingClientRect().right]")[0]
    assert [index for index, _ in marked] == ["200"]
    assert left <= marked[0][1] <= right


def test_thin_parts_of_the_tail_have_no_frame_that_hides_them(page: Page) -> None:
    strokes = page.each(".box-g:not(.on) .k-tail", "[it.getBBox().height, getComputedStyle(it).stroke]")
    thin = [stroke for height, stroke in strokes if height < 4]
    assert len(thin) > 100
    assert set(thin) == {"none"}
