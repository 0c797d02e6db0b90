"""The steps of a fit and a brush over the curve, in a real Chromium."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

pytest.importorskip("selenium", reason="needs selenium to drive a browser")

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from arenafit.api.report import report_model
from arenafit.report.documents.html_report import ReportDocument
from arenafit.report.render.html import render
from support.browser import PHONE, Page, chromium, serious_issues

EXAMPLE = Path(__file__).parents[2] / "examples" / "small" / "mobile_int8.tflite"


@pytest.fixture(scope="module")
def document() -> ReportDocument:
    """The example, fitted in several steps."""
    return report_model(EXAMPLE, fit=True, effort=1000)


@pytest.fixture(scope="module")
def example(document: ReportDocument, tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = tmp_path_factory.mktemp("pages") / "fitted.html"
    page.write_text(render(document), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium((1440, 950), tmp_path_factory.mktemp("desktop")) as page:
        yield page


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(PHONE, tmp_path_factory.mktemp("phone"), dark=True) as page:
        yield page


def reopen(page: Page, file: Path, fragment: str) -> None:
    page.driver.get("about:blank")
    page.driver.get(file.resolve().as_uri() + fragment)
    page.wait("document.documentElement.dataset.ready === 'yes'")


def slide(page: Page, to: int) -> None:
    """Move the slider with the keys, as a hand or a screen reader does."""
    field = page.driver.find_element(By.ID, "step")
    field.send_keys(Keys.HOME, *[Keys.ARROW_RIGHT] * to)


def brush(page: Page, which: int, shares: tuple[float, float]) -> None:
    """Drag over a curve from one share of what is seen of it to another."""
    curve = page.driver.find_elements(By.CSS_SELECTOR, ".curve")[which]
    page.run("arguments[0].scrollIntoView({block: 'center'})", curve)
    width = page.each(".curve", "it.getBoundingClientRect().width")[which]
    start, length = (shares[0] - 0.5) * width, (shares[1] - shares[0]) * width
    chain = ActionChains(page.driver).move_to_element_with_offset(curve, int(start), 0).click_and_hold()
    chain.move_by_offset(int(length / 2), 3).move_by_offset(int(length / 2), -3).release().perform()


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(str(page.run("return location.hash.slice(1)")))


def test_the_slider_shows_the_model_after_each_step(desktop: Page, example: Path, document: ReportDocument) -> None:
    assert document.trail is not None
    assert len(document.trail.between) == len(document.trail.steps) - 2 >= 2
    desktop.open(example)
    for at, step in enumerate(document.trail.steps):
        slide(desktop, at)
        assert f"Step {at} of {len(document.trail.steps) - 1}: {step.what}." in desktop.text("#step-text")
        assert f"Smallest arena {step.predicted_bytes:,} bytes" in desktop.text("#step-text")
        assert desktop.each("#steps tbody tr.on", "it.rowIndex - 1") == [at]
        boxes = len(desktop.each('[data-map="1"] [data-kind=buffer]', "1"))
        if 0 < at < len(document.trail.steps) - 1:
            view = document.trail.between[at - 1]
            assert view.memory.arena_bytes == step.predicted_bytes
            assert boxes == len(view.memory.buffers)
            assert len(desktop.each("#ops tbody tr", "1")) == len(view.operators)
            assert f"after step {at}" in desktop.each(".map figcaption", "it.innerText")[1]
        elif at == 0:
            assert boxes == len(document.before.memory.buffers)
    assert document.after is not None
    assert boxes == len(document.after.memory.buffers)
    assert desktop.console() == []


def test_the_graph_follows_the_slider(desktop: Page, example: Path, document: ReportDocument) -> None:
    assert document.trail is not None
    desktop.open(example)
    desktop.run("document.getElementById('graph-pane').scrollIntoView()")
    desktop.wait("document.querySelectorAll('#graph-pane .node[data-kind=op]').length > 0")
    for at, view in enumerate(document.trail.between, start=1):
        slide(desktop, at)
        first = view.graphs[0].end_op - view.graphs[0].first_op
        desktop.wait(f"document.querySelectorAll('#graph-pane .node[data-kind=op]').length === {first}")
    assert desktop.console() == []


def test_a_tensor_chosen_from_the_tables_is_one_of_the_fitted_model(desktop: Page, example: Path) -> None:
    desktop.open(example)
    slide(desktop, 1)
    assert desktop.each(".of-the-last", "it.hidden") == [False, False]
    desktop.click('#tensors [data-model="1"] tr[data-buffer]')
    assert desktop.each(".of-the-last", "it.hidden") == [True, True]
    assert len(desktop.each('[data-map="1"] .box-g.on[data-kind=buffer]', "1")) == 1


def test_before_and_after_have_one_scale_until_each_has_its_own(desktop: Page, example: Path) -> None:
    desktop.open(example)
    height = "it.querySelector('.boxes').getBoundingClientRect().height"
    tail = "it.querySelector('[data-kind=tail] .box').getBoundingClientRect().top"
    top = f"{tail} - it.querySelector('.boxes').getBoundingClientRect().top"
    before, after = desktop.each(".map", top)
    assert before == pytest.approx(0, abs=3)
    assert after > 50
    desktop.click("#scale")
    assert desktop.each(".map", top) == pytest.approx([0, 0], abs=3)
    assert len(set(desktop.each(".map", height))) == 1
    assert desktop.each("#scale", "it.getAttribute('aria-pressed')") == ["true"]


def test_a_brush_over_the_curve_selects_its_steps_everywhere(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.run("document.getElementById('graph-pane').scrollIntoView()")
    desktop.wait("document.querySelectorAll('#graph-pane .node[data-kind=op]').length > 0")
    brush(desktop, 0, (0.25, 0.6))
    found: Any = desktop.run(
        "const {memory} = JSON.parse(document.getElementById('data').textContent).models[0];"
        "return [memory.steps.map(({scope, op}) => [scope, op]), memory.buffers.map(({first, last}) => [first, last])]"
    )
    desktop.wait("location.hash.includes('.range.')")
    chosen = address(desktop)["selected"][0]
    first, last = map(int, chosen.removeprefix("0.range.").split("-"))
    steps, buffers = found
    assert 0 < first < last < len(steps) - 1
    assert desktop.text("#details h3").lower() == f"steps {steps[first][0]} to {steps[last][0]}"
    ops = {op for _, op in steps[first : last + 1] if op is not None}
    marked = {int(index) for index in desktop.each("#ops tr.on", "it.dataset.index")}
    assert marked == ops
    assert {int(index) for index in desktop.each("#overview .on", "it.dataset.op")} == ops
    assert {int(index) for index in desktop.each("#graph-pane .node[data-kind=op].on", "it.dataset.index")} == ops
    alive = sum(low <= steps[last][0] and high >= steps[first][0] for low, high in buffers)
    assert len(desktop.each('[data-map="0"] .box-g.on', "1")) == alive
    assert f"{alive:,}" in desktop.text("#details")
    # The map above was not dragged along, and the selection stays.
    assert desktop.run("return document.querySelector('.pane').scrollLeft") == 0
    desktop.click(".zoom-to")
    seen = "it.querySelector('.cursor').getBoundingClientRect().toJSON()"
    pane = desktop.each(".pane", "it.getBoundingClientRect().toJSON()")[0]
    mark = desktop.each(".pane", seen)[0]
    assert mark["width"] == pytest.approx(pane["width"] - 74, rel=0.05)
    assert mark["left"] == pytest.approx(pane["left"] + 74, abs=4)
    desktop.press(Keys.ESCAPE)
    assert desktop.each(".box-g.on, #ops tr.on", "1") == []


def test_a_click_on_the_curve_is_still_a_click(desktop: Page, example: Path) -> None:
    desktop.open(example)
    brush(desktop, 0, (0.3, 0.3))
    assert desktop.text("#details h3").lower().startswith("step ")
    assert "Escape lets it go" in desktop.text("#details")


def test_the_keys_choose_steps_as_a_brush_does(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.driver.find_element(By.CSS_SELECTOR, ".curve").send_keys(Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert desktop.text("#details h3").lower().startswith("step ")
    assert desktop.each(".curve", "it.ariaValueNow")[0] == "2"
    assert "bytes live" in desktop.each(".curve", "it.ariaValueText")[0]
    extend(desktop, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    desktop.wait("location.hash.includes('selected=0.range.2-4')")
    extend(desktop, Keys.HOME)
    desktop.wait("location.hash.includes('selected=0.range.0-2')")
    desktop.press(Keys.ARROW_LEFT)
    desktop.wait("location.hash.includes('selected=0.step.0')")


def test_the_keys_go_on_from_what_is_selected(desktop: Page, example: Path) -> None:
    desktop.open(example)
    brush(desktop, 0, (0.3, 0.3))  # a click
    desktop.wait("location.hash.includes('selected=0.step.')")
    clicked = int(address(desktop)["selected"][0].removeprefix("0.step."))
    now = "it.ariaValueNow"
    peak = desktop.run("return JSON.parse(document.getElementById('data').textContent).models[0].memory.peak")
    assert desktop.each(".curve", now)[0] == str(clicked) != str(peak)
    desktop.press(Keys.ARROW_RIGHT)
    desktop.wait(f"location.hash.includes('selected=0.step.{clicked + 1}')")
    assert desktop.each(".curve", now)[0] == str(clicked + 1)
    extend(desktop, Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    desktop.wait(f"location.hash.includes('selected=0.range.{clicked - 1}-{clicked + 1}')")
    assert desktop.each(".curve", now)[0] == str(clicked - 1)
    # An address: the end of its range; Escape: the peak.
    reopen(desktop, example, "#selected=0.range.2-3")
    assert desktop.each(".curve", now)[0] == "3"
    desktop.driver.find_element(By.CSS_SELECTOR, ".curve").send_keys(Keys.ARROW_RIGHT)
    desktop.wait("location.hash.includes('selected=0.step.4')")
    desktop.press(Keys.ESCAPE)
    assert desktop.each(".curve", now)[0] == str(peak)


def test_a_step_at_the_end_stays_selected(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.driver.find_element(By.CSS_SELECTOR, ".curve").send_keys(Keys.HOME, Keys.ARROW_LEFT)
    desktop.wait("location.hash.includes('selected=0.step.0')")


def test_the_slider_of_the_fit_puts_the_keys_at_the_peak_of_its_step(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.driver.find_elements(By.CSS_SELECTOR, ".curve")[1].send_keys(Keys.HOME, Keys.ARROW_RIGHT)
    desktop.wait("location.hash.includes('selected=1.step.1')")
    slide(desktop, 0)
    values = desktop.each(".curve", "it.ariaValueNow")
    assert values[0] == values[1] != "1"


def extend(page: Page, *keys: str) -> None:
    """Press keys while Shift is held."""
    ActionChains(page.driver).key_down(Keys.SHIFT).send_keys(*keys).key_up(Keys.SHIFT).perform()


def test_the_address_keeps_the_step_the_scale_and_the_brush(desktop: Page, example: Path) -> None:
    desktop.open(example)
    slide(desktop, 2)
    desktop.click("#scale")
    brush(desktop, 1, (0.2, 0.5))
    desktop.wait("location.hash.includes('.range.')")
    kept = address(desktop)
    assert kept["step"] == ["2"]
    assert kept["scale"] == ["own"]
    shown = [desktop.text("#step-text"), desktop.text("#details"), desktop.each(".box-g.on", "it.dataset.index")]
    reopen(desktop, example, str(desktop.run("return location.hash")))
    assert [
        desktop.text("#step-text"),
        desktop.text("#details"),
        desktop.each(".box-g.on", "it.dataset.index"),
    ] == shown


@pytest.mark.parametrize(
    "fragment",
    ["#step=99", "#step=-4", "#step=x&scale=7", "#selected=0.range.5-2", "#selected=0.range.3", "#selected=0.op.1-2"],
)
def test_an_address_of_no_step_or_range_does_no_harm(fragment: str, desktop: Page, example: Path) -> None:
    desktop.console()
    reopen(desktop, example, fragment)
    assert desktop.console() == []
    assert "Nothing selected" in desktop.text("#details")


def test_on_a_phone_the_slider_fits_and_a_finger_scrolls_the_curve(phone: Page, example: Path) -> None:
    phone.open(example)
    phone.run("document.getElementById('step').scrollIntoView()")
    inside = "it.getBoundingClientRect().left >= 0 && it.getBoundingClientRect().right <= innerWidth"
    assert phone.each("#step, #step-text, #scale", inside) == [True] * 3
    slide(phone, 1)
    assert phone.text("#step-text").startswith("Step 1 of ")
    assert phone.run("return document.documentElement.scrollWidth <= innerWidth")
    assert phone.console() == []


def test_a_finger_brushes_once_it_is_asked_to(phone: Page, example: Path) -> None:
    phone.open(example)
    stroke(phone)
    assert "selected" not in address(phone) or ".range." not in address(phone)["selected"][0]
    phone.click("#brush")
    stroke(phone)
    phone.wait("location.hash.includes('.range.')")
    assert phone.text("#details h3").lower().startswith("steps ")


def stroke(page: Page) -> None:
    """Draw a finger over the middle of the first curve."""
    page.run("document.querySelector('.curve').scrollIntoView({block: 'center'})")
    box = page.each(".curve", "it.getBoundingClientRect().toJSON()")[0]
    actions = ActionBuilder(page.driver, mouse=PointerInput("touch", "finger"))  # type: ignore[no-untyped-call]  # selenium's has no types
    finger: Any = actions.pointer_action
    at = [int(box["x"] + share * box["width"]) for share in (0.3, 0.5, 0.7)]
    y = int(box["y"] + box["height"] / 2)
    finger.move_to_location(at[0], y).pointer_down()
    finger.move_to_location(at[1], y).move_to_location(at[2], y).pointer_up()
    actions.perform()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_no_serious_issue_between_the_steps(size: str, example: Path, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(size)
    page.open(example)
    slide(page, 1)
    page.run("document.getElementById('graph-pane').scrollIntoView()")
    page.wait("document.querySelectorAll('#graph-pane .node[data-kind=op]').length > 0")
    assert serious_issues(page) == []
