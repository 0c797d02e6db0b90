"""The report's lanes of several memories in a real headless Chromium: drawn to scale, linked with all else, by keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="needs selenium to drive a browser")

from selenium.webdriver.common.keys import Keys

from arenafit.api.report import report_model
from arenafit.report.render.html import render
from support.browser import DESKTOP, PHONE, Page, chromium

EXAMPLE = Path(__file__).parents[2] / "examples" / "small" / "mobile_int8.tflite"
WAYS = ("dtcm=16K", "axi=48K:2")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = tmp_path_factory.mktemp("pages") / "memories.html"
    page.write_text(render(report_model(EXAMPLE, memories=WAYS, effort=0)), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(DESKTOP, tmp_path_factory.mktemp("desktop")) as page:
        yield page


def test_every_buffer_is_in_one_lane_and_within_it(desktop: Page, example: Path) -> None:
    desktop.open(example)
    assert desktop.console() == []
    numbers = desktop.each(".lane-g", "Number(it.dataset.index)")
    assert sorted(numbers) == desktop.run("return [...document.querySelectorAll('.map .box-g[data-kind=buffer]')]"
        ".map((it) => Number(it.dataset.index)).sort((a, b) => a - b)")  # fmt: skip
    inside = (
        "(() => { const a = it.getBoundingClientRect(), b = it.ownerSVGElement.getBoundingClientRect();"
        "return a.top >= b.top - 2 && a.bottom <= b.bottom + 2 && a.left >= b.left - 2 && a.right <= b.right + 2 })()"
    )
    assert set(desktop.each(".lane-g", inside)) == {True}


def test_a_buffer_of_a_lane_is_selected_everywhere(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.click('.lane-g[data-index="0"] .box')
    assert desktop.each(".map .box-g.on", "it.dataset.index") == ["0"]
    assert desktop.each(".lane-g.on", "it.dataset.index") == ["0"]
    assert len(desktop.each("#memories tr[data-buffer].on", "1")) == 1
    shown = desktop.text("#details")
    assert "axi, at " in shown
    assert "read, " in shown
    desktop.press(Keys.ESCAPE)
    assert desktop.each(".lane-g.on", "1") == []


def test_a_row_of_the_traffic_selects_its_tensor(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.click("#memories tbody tr:nth-child(1)")
    assert desktop.each(".lane-g.on", "it.getAttribute('aria-label').split(',')[0]") == ["im2col of the convolution"]
    moved = desktop.each("#memories tbody td:first-child", "Number(it.innerText.replaceAll(',', ''))")
    assert moved == sorted(moved, reverse=True)


def test_a_lane_is_walked_with_the_arrow_keys(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.run("document.querySelectorAll('.lane-g[tabindex=\"0\"]')[1].focus()")
    seen = set()
    for key in (Keys.ARROW_LEFT,) * 6 + (Keys.ARROW_RIGHT,) * 8:
        desktop.press(key)
        seen.add(str(desktop.run("return document.activeElement.getAttribute('aria-label')")))
    assert len(seen) == len(desktop.each('.lane-plot[data-lane="1"] .lane-g', "1"))
    desktop.press(Keys.ENTER)
    assert "Escape lets it go" in desktop.text("#details")


def test_a_phone_shows_lanes_without_scrolling_sideways(tmp_path: Path, example: Path) -> None:
    with chromium(PHONE, tmp_path, dark=True) as page:
        page.open(example)
        assert page.run("return document.documentElement.scrollWidth <= innerWidth")
        assert len(page.each(".lane-plot svg.axis", "1")) == 2
