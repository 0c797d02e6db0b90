"""The report in a real headless Chromium: it loads offline and quickly, and hears pointer, finger and keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="needs selenium to drive a browser")

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from arenafit.api.report import report_model
from arenafit.fit.search.evaluation import price
from arenafit.report.render.html import render
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import read_model, write_bytes
from support.browser import DESKTOP, PHONE, Page, chromium
from support.corpus import corpus_model
from support.small_models import while_loop

EXAMPLE = Path(__file__).parents[2] / "examples" / "small" / "mobile_int8.tflite"
LARGEST_PAGE_BYTES = 3 * 1024 * 1024


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example before and after an offline plan was written into it."""
    folder = tmp_path_factory.mktemp("pages")
    fitted = folder / "planned.tflite"
    fitted.write_bytes(write_bytes(price(read_model(EXAMPLE), CORTEX_M4).model))
    page = folder / "example.html"
    page.write_text(render(report_model(EXAMPLE, fitted=fitted, effort=0)), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(DESKTOP, tmp_path_factory.mktemp("desktop")) as page:
        yield page


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(PHONE, tmp_path_factory.mktemp("phone"), dark=True) as page:
        yield page


def open_graph(page: Page, file: Path) -> None:
    page.open(file)
    page.run("document.getElementById('graph-pane').scrollIntoView()")
    page.wait("document.querySelectorAll('#graph-pane .node[data-kind=op]').length === 18")


def check_loads(page: Page, file: Path) -> None:
    assert file.stat().st_size < LARGEST_PAGE_BYTES
    page.requests()
    page.open(file)
    page.run("document.getElementById('graph-pane').scrollIntoView()")
    page.wait("document.querySelectorAll('#graph-pane .node').length > 0")
    outside = [url for url in page.requests() if not url.startswith(("file:", "blob:", "data:"))]
    assert outside == []
    assert page.console() == []
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_it_loads_quickly_offline_and_without_complaint(
    size: str, example: Path, request: pytest.FixtureRequest
) -> None:
    check_loads(request.getfixturevalue(size), example)


def test_hovering_over_a_buffer_shows_all_about_it(desktop: Page, example: Path) -> None:
    desktop.open(example)
    box = desktop.driver.find_element(By.CSS_SELECTOR, '[data-map="0"] [data-kind=buffer][data-index="0"] .box')
    desktop.run("arguments[0].scrollIntoView({block: 'center'})", box)
    ActionChains(desktop.driver).move_to_element(box).perform()
    shown = desktop.text("#details")
    for part in (
        "kind",
        "input",
        "int8[1,48,48,3]",
        "6,912",
        "address",
        "producer",
        "consumers",
        "live from",
        "live to",
    ):
        assert part in shown
    ActionChains(desktop.driver).move_to_element(desktop.driver.find_element(By.TAG_NAME, "h1")).perform()
    assert "Nothing selected" in desktop.text("#details")


def test_a_click_keeps_a_buffer_selected_until_escape(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.click('[data-map="1"] [data-kind=buffer][data-index="0"] .box')
    assert "after" in desktop.text("#details")
    assert "Escape lets it go" in desktop.text("#details")
    desktop.press(Keys.ESCAPE)
    assert "Nothing selected" in desktop.text("#details")


def test_the_map_is_walked_with_the_arrow_keys(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.run("document.querySelector('.box-g[tabindex=\"0\"]').focus()")
    seen = []
    for _ in range(6):
        desktop.press(Keys.ARROW_RIGHT)
        seen.append(str(desktop.run("return document.activeElement.getAttribute('aria-label')")))
        assert len(desktop.each('[data-map="0"] .box-g[tabindex="0"]', "1")) == 1
    assert len(set(seen)) == 6
    assert desktop.text("#details h3") == seen[-1].split(", ")[0]
    desktop.press(Keys.ENTER)
    assert "Escape lets it go" in desktop.text("#details")


def test_zooming_widens_the_map_and_fit_undoes_it(desktop: Page, example: Path) -> None:
    desktop.open(example)
    width = "Number(it.getAttribute('width'))"
    before = desktop.each(".boxes", width)[0]
    desktop.click('[data-zoom=time][data-by="2"]')
    assert desktop.each(".boxes", width)[0] == pytest.approx(2 * before, rel=0.02)
    assert desktop.each(".pane", "it.scrollWidth > it.clientWidth") == [True, True]
    desktop.click("[data-zoom=reset]")
    assert desktop.each(".boxes", width)[0] == pytest.approx(before)


def test_the_table_sorts_and_filters(desktop: Page, example: Path) -> None:
    desktop.open(example)
    cells, value = "#ops tbody td:nth-child(7)", "Number(it.innerText.replaceAll(',', ''))"
    in_order = desktop.each(cells, value)
    assert len(in_order) == 18
    assert len(set(in_order)) > 5
    desktop.run("document.querySelector('[data-sort=\"6\"]').focus()")
    desktop.press(Keys.ENTER)
    assert desktop.each(cells, value) == sorted(in_order, reverse=True)
    assert desktop.each("#ops th", "it.getAttribute('aria-sort')")[6] == "descending"
    desktop.press(Keys.ENTER)
    assert desktop.each(cells, value) == sorted(in_order)
    desktop.driver.find_element(By.ID, "filter").send_keys("depthwise")
    names = desktop.each("#ops tbody tr", "it.innerText.toLowerCase()")
    assert 0 < len(names) < len(in_order)
    assert all("depthwise" in name for name in names)


def test_the_theme_follows_the_system_and_then_the_button(desktop: Page, phone: Page, example: Path) -> None:
    background = "getComputedStyle(it).backgroundColor"
    desktop.open(example)
    phone.open(example)
    light, dark = desktop.each("body", background), phone.each("body", background)
    assert light != dark
    desktop.click("#theme")
    desktop.click("#theme")
    assert desktop.text("#theme") == "Theme: dark"
    assert desktop.each("body", background) == dark
    desktop.click("#theme")
    assert desktop.each("body", background) == light


def test_a_tap_opens_the_details_on_a_phone(phone: Page, example: Path) -> None:
    phone.open(example)
    display = "getComputedStyle(it).display"
    assert phone.each("#details", display) == ["none"]
    phone.tap('[data-map="0"] [data-kind=buffer][data-index="2"] .box')
    phone.wait("document.getElementById('details').classList.contains('active')")
    assert "consumers" in phone.text("#details")
    phone.click("#details .close")
    assert phone.each("#details", display) == ["none"]


def test_the_graph_draws_no_operator_over_another(desktop: Page, example: Path) -> None:
    open_graph(desktop, example)
    frame = "['x', 'y', 'width', 'height'].map((name) => Number(it.getAttribute(name)))"
    frames = desktop.each("#graph-pane .node > rect:first-of-type", frame)
    for place, (x, y, width, height) in enumerate(frames):
        for other_x, other_y, other_width, other_height in frames[place + 1 :]:
            beside = x + width <= other_x or other_x + other_width <= x
            assert beside or y + height <= other_y or other_y + other_height <= y


def test_operators_of_the_graph_are_coloured_by_kind(desktop: Page, example: Path) -> None:
    open_graph(desktop, example)
    name = "it.querySelector('text').textContent.replace('▲ ', '').split(' ')[1]"
    colour = "getComputedStyle(it.querySelector('.kind')).fill"
    found = desktop.each("#graph-pane .node[data-kind=op]", f"[{name}, {colour}]")
    colours = {kind: {fill for other, fill in found if other == kind} for kind, _ in found}
    assert len(colours) > 2
    assert all(len(fills) == 1 for fills in colours.values())  # one colour a kind
    assert len({next(iter(fills)) for fills in colours.values()}) == len(colours)  # this model has few kinds
    legend = desktop.each("#graph-legend .kind", "it.textContent")
    assert set(legend) == set(colours)


def test_the_graph_is_zoomed_and_walked(desktop: Page, example: Path) -> None:
    open_graph(desktop, example)
    height = "Number(it.getAttribute('height'))"
    before = desktop.each("#graph-pane svg", height)[0]
    desktop.click('[data-graph-zoom="1.25"]')
    assert desktop.each("#graph-pane svg", height)[0] == pytest.approx(1.25 * before)
    desktop.click('[data-graph-zoom="fit"]')
    assert desktop.each("#graph-pane", "it.scrollHeight <= it.clientHeight") == [True]
    desktop.run("document.querySelector('#graph-pane .node[data-kind=op]').focus()")
    desktop.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert desktop.run("return document.activeElement.dataset.index") == "2"
    assert desktop.text("#details h3").startswith("#2 ")


def test_tensors_are_coloured_by_size_or_by_lifetime(desktop: Page, example: Path) -> None:
    open_graph(desktop, example)
    by_size = desktop.each("#graph-pane .edge", "it.getAttribute('stroke')")
    assert "36,864 B" not in desktop.text("#graph-legend")
    assert "13,824 B" in desktop.text("#graph-legend")
    desktop.click("[data-colour=life]")
    assert "steps" in desktop.text("#graph-legend")
    assert desktop.each("#graph-pane .edge", "it.getAttribute('stroke')") != by_size
    widths = desktop.each("#graph-pane .edge", "Number(it.getAttribute('stroke-width'))")
    assert max(widths) > 2 * min(widths)
    assert desktop.each("#graph-pane .edge.long", "1")


def test_the_switch_shows_the_other_model_everywhere(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.click('#operators [data-show="1"]')
    assert set(desktop.each('[data-show="1"]', "it.getAttribute('aria-checked')")) == {"true"}
    assert desktop.each('#tensors [data-model="0"]', "it.hidden") == [True]
    assert set(desktop.each("#ops tbody tr", "it.dataset.model")) == {"1"}


def test_a_loop_shows_the_graphs_it_runs(desktop: Page, tmp_path: Path) -> None:
    model, page = tmp_path / "loop.tflite", tmp_path / "loop.html"
    model.write_bytes(write_bytes(while_loop()))
    page.write_text(render(report_model(model, effort=0)), encoding="utf-8")
    check_loads(desktop, page)
    assert len(desktop.each("#which-graph option", "1")) == 3
    assert "graph" in "".join(desktop.each(".axis", "it.textContent"))
    # The peak is in the body: its graph is laid out first, and what is clicked meanwhile does no harm.
    desktop.run(
        "for (const one of ['[data-graph-zoom=peak]', '[data-colour=life]']) document.querySelector(one).click()"
    )
    desktop.wait("document.querySelector('#graph-pane .node.on') !== null")
    assert desktop.console() == []
    Select(desktop.driver.find_element(By.ID, "which-graph")).select_by_value("2")
    desktop.wait("document.querySelector('#graph-pane svg').getAttribute('aria-label').includes('body')")


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["tflm__person_detect", "mww__stop", "arm__yolo-fastest_192_face_v4"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_models_of_the_field_load_too(name: str, size: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(render(report_model(corpus_model(f"dev/{name}"), effort=0)), encoding="utf-8")
    check_loads(request.getfixturevalue(size), page)
