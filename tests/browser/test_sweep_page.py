"""The page of a sweep in a real headless Chromium: the front is drawn, candidates are chosen with pointer and keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="needs selenium to drive a browser")

from selenium.webdriver.common.keys import Keys

from arenafit.report.documents.sweep import PointRow, SweepDocument
from arenafit.report.render.sweep_page import render
from arenafit.sweep.run import Counts
from support.browser import DESKTOP, PHONE, Page, chromium

HOSTILE = "<img src=x onerror=alert(1)>"


def row(trial: int, fitted: int, loss: float, *, front: bool) -> PointRow:
    params = {"conv#0.channels": 4 * trial, "note": HOSTILE}
    return PointRow(
        trial,
        (f"conv#0.channels={4 * trial}",),
        params,
        fitted,
        3 * fitted,
        20_000,
        1_000_000,
        500_000,
        loss,
        loss - 0.1,
        0.004,
        front,
        front,
        predicted_equal=True,
    )


def document() -> SweepDocument:
    rows = (row(1, 7_000, 0.12, front=True), row(2, 9_000, 0.10, front=True), row(3, 12_000, 0.15, front=False))
    return SweepDocument(
        "sweep.journal",
        HOSTILE,
        "wheel",
        ("fitted", "loss"),
        None,
        None,
        Counts(completed=3),
        {HOSTILE: 2},
        12.0,
        rows,
        (),
        2,
        {"fitted": {"conv#0.channels": 0.9, HOSTILE: 0.1}},
        (),
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("sweep") / "report.html"
    found.write_text(render(document(), {2: "trial-2.html"}), encoding="utf-8")
    return found


@pytest.fixture
def page(tmp_path: Path, file: Path) -> Iterator[Page]:
    with chromium(DESKTOP, tmp_path / "profile") as found:
        found.open(file)
        yield found


def test_candidates_are_drawn_and_chosen(page: Page) -> None:
    assert len(page.each(".point", "it.id")) == 3
    assert len(page.each(".point.front", "it.id")) == 1, "the picked one has a colour of its own"
    page.click(".point.pick")
    said = page.text("#chosen")
    assert "Trial 2: conv#0.channels=8" in said
    assert "9,000" in said
    assert HOSTILE in said, "names are text"
    assert page.each("#chosen a", "it.getAttribute('href')") == ["trial-2.html"]
    page.run("document.querySelector('.point:not(.front):not(.pick)').focus()")
    page.press(Keys.ENTER)
    assert "Trial 3" in page.text("#chosen")
    page.click("#only-front")
    assert len(page.each(".point", "it.id")) == 2
    page.run(
        "const it = document.getElementById('up'); it.value = 'stock_bytes'; it.dispatchEvent(new Event('change'))"
    )
    assert all("stock arena, bytes" in text for text in page.each(".point", "it.getAttribute('aria-label')"))
    assert page.console() == []
    assert [url for url in page.requests() if url.startswith("http")] == []


def test_a_phone_scrolls_no_page_sideways(tmp_path: Path, file: Path) -> None:
    with chromium(PHONE, tmp_path / "profile", dark=True) as page:
        page.open(file)
        assert page.run("return document.documentElement.scrollWidth <= innerWidth")
