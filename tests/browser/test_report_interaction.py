"""The report in a real Chromium: its first screen, zooming and dragging, the search, the selection, the address."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

pytest.importorskip("selenium", reason="needs selenium to drive a browser")

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from arenafit.api.report import report_model
from arenafit.fit.search.evaluation import price
from arenafit.report.render.html import render
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import read_model, write_bytes
from support.browser import PHONE, Page, chromium, serious_issues

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "small" / "mobile_int8.tflite"
PICO = ROOT / "src" / "arenafit" / "targets" / "boards" / "pico.toml"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example on a board."""
    page = tmp_path_factory.mktemp("pages") / "board.html"
    found = report_model(EXAMPLE, effort=0, board="arduino-nicla-sense-me")
    page.write_text(render(found), encoding="utf-8")
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


def state(page: Page) -> dict[str, list[str]]:
    return parse_qs(str(page.run("return location.hash.slice(1)")))


def wheel(page: Page, x: int, y: int, *, notches: int, keys: str) -> None:
    """Turn the wheel over a point of the first map, in pixels from its upper left corner."""
    pane = page.driver.find_element(By.CSS_SELECTOR, ".pane")
    box = page.each(".pane", "it.getBoundingClientRect().toJSON()")[0]
    origin = ScrollOrigin.from_element(pane, int(x - box["width"] / 2), int(y - box["height"] / 2))
    # Keys and the wheel are two devices, whose actions of one chain happen at once.
    held = ActionChains(page.driver)
    for key in keys:
        held.key_down(key)
    held.perform()
    for _ in range(abs(notches)):
        ActionChains(page.driver).scroll_from_origin(origin, 0, -100 if notches > 0 else 100).perform()
    released = ActionChains(page.driver)
    for key in keys:
        released.key_up(key)
    released.perform()


def under(page: Page, x: int, y: int) -> tuple[float, float]:
    """Return the place under a point of the first map, as shares of its time and its addresses."""
    left, top, width, height = page.run(
        "const p = document.querySelector('.pane'), b = p.querySelector('.boxes');"
        "return [p.scrollLeft, p.scrollTop, b.getBoundingClientRect().width, b.getBoundingClientRect().height]"
    )
    return (left + x - 74) / width, (top + y) / height


def test_the_first_screen_answers_and_shows_the_map(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.run("scrollTo(0, 0)")
    assert desktop.text("h1").startswith("! Fits Arduino Nicla Sense ME: 3,296 bytes to spare in RAM")
    assert "of 2023-02, is too old: it has no FULLY_CONNECTED" in desktop.text(".needs")
    assert desktop.text(".answer").startswith(
        "smallest working arena: 37,664 bytes on arduino-nicla-sense-me, predicted"
    )
    assert "the board leaves 40,960" in desktop.text(".answer")
    assert " --board arduino-nicla-sense-me --smallest -o " in desktop.text(".next code")
    bottom = "it.getBoundingClientRect().bottom <= innerHeight"
    assert desktop.each(".answer, .ram, .next, .boxes", bottom) == [True] * 4


def test_on_a_phone_half_of_the_first_screen_is_map(phone: Page, example: Path) -> None:
    phone.open(example)
    phone.run("scrollTo(0, 0)")
    answer, needs, tools, boxes = phone.each(
        ".answer, .needs, .tools:has(#brush), .boxes", "it.getBoundingClientRect().top"
    )
    assert 0 < answer < boxes < phone.run("return innerHeight / 2") < tools < needs


def test_the_map_names_operators_and_bytes_and_no_label_covers_another(desktop: Page, example: Path) -> None:
    desktop.open(example)
    labels = desktop.each(".box-text", "it.textContent")
    assert "#0 CONV_2D 4,608" in labels
    assert "input 6,912" in labels
    ticks = desktop.each(".axis text", "it.textContent")
    assert {"0", "8 KiB", "16 KiB", "24 KiB", "32 KiB"} <= set(ticks)
    assert any("the board leaves 40,960" in text for text in desktop.each(".guide-text", "it.textContent"))
    assert len(desktop.each(".boxes line.budget", "1")) == 1
    desktop.click('[data-zoom=address][data-by="2"]')
    boxes = "Object.values((({x, y, width, height}) => ({x, y, width, height}))(it.getBBox()))"
    placed = desktop.each(".boxes text", boxes)
    assert len(placed) > 10
    for at, (x, y, width, height) in enumerate(placed):
        for other_x, other_y, other_width, other_height in placed[at + 1 :]:
            # A line of text is taller than what its letters fill.
            beside = x + width <= other_x or other_x + other_width <= x
            assert beside or y + height <= other_y + 3 or other_y + other_height <= y + 3


def test_the_tail_is_split_by_operator(desktop: Page, example: Path) -> None:
    desktop.open(example)
    parts = desktop.each("[data-kind=tail]", "it.getAttribute('aria-label')")
    assert any("CONV_2D" in part for part in parts)
    assert any("the model's own" in part for part in parts)
    sizes = [int(part.split()[-2].replace(",", "")) for part in parts]
    assert sum(sizes) == report_model(EXAMPLE, effort=0, board="arduino-nicla-sense-me").before.memory.tail_bytes


def test_the_address_axis_stays_at_four_times_the_time(desktop: Page, example: Path) -> None:
    desktop.open(example)
    for _ in range(2):
        desktop.click('[data-zoom=time][data-by="2"]')
    inside = "it.getBoundingClientRect().left - it.closest('.pane').getBoundingClientRect().left"
    for share in (0, 0.5, 1):
        desktop.run("const p = document.querySelector('.pane'); p.scrollLeft = arguments[0] * p.scrollWidth", share)
        assert desktop.each(".axis", inside) == pytest.approx([1, 1, 1], abs=1)


@pytest.mark.parametrize(("keys", "axis"), [(Keys.CONTROL, 0), (Keys.CONTROL + Keys.SHIFT, 1)])
def test_the_wheel_zooms_about_the_pointer(keys: str, axis: int, desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.run("document.querySelector('.pane').scrollIntoView({block: 'center'})")
    before = under(desktop, 700, 200)
    size = "it.getBoundingClientRect().toJSON()[['width', 'height'][" + str(axis) + "]]"
    small = desktop.each(".boxes", size)[0]
    wheel(desktop, 700, 200, notches=4, keys=keys)
    assert desktop.each(".boxes", size)[0] == pytest.approx(1.25**4 * small, rel=0.02)
    assert under(desktop, 700, 200)[axis] == pytest.approx(before[axis], abs=0.005)
    wheel(desktop, 700, 200, notches=-4, keys=keys)
    assert desktop.each(".boxes", size)[0] == pytest.approx(small, rel=0.02)


def test_dragging_moves_the_map_and_selects_nothing(desktop: Page, example: Path) -> None:
    desktop.open(example)
    for _ in range(2):
        desktop.click('[data-zoom=time][data-by="2"]')
    pane = desktop.driver.find_element(By.CSS_SELECTOR, ".pane")
    desktop.run("arguments[0].scrollIntoView({block: 'center'}); arguments[0].scrollLeft = 300", pane)
    ActionChains(desktop.driver).move_to_element(pane).click_and_hold().move_by_offset(-150, 0).release().perform()
    assert desktop.run("return arguments[0].scrollLeft", pane) == pytest.approx(450, abs=2)
    assert "Escape lets it go" not in desktop.text("#details")


def test_the_search_finds_operators_and_tensors(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.press("/")
    assert desktop.run("return document.activeElement.id") == "find"
    desktop.press("#1 conv")
    found = desktop.each("#found [role=option]", "it.textContent")
    assert found
    assert all("conv" in text.lower() for text in found)
    desktop.press(Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ENTER)
    assert desktop.each("#found", "it.hidden") == [True]
    assert desktop.text("#details h3") == "#1 CONV_2D"
    assert "Escape lets it go" in desktop.text("#details")
    first = "return JSON.parse(document.getElementById('data').textContent).models[0].memory.buffers[0].name"
    tensor = str(desktop.run(first))
    field = desktop.driver.find_element(By.ID, "find")
    field.clear()
    field.send_keys(tensor, Keys.ENTER)
    assert desktop.text("#details h3") == tensor
    field.clear()
    field.send_keys("no such thing")
    assert desktop.each("#found li", "it.textContent") == ["nothing has that name"]


def test_what_is_selected_is_marked_everywhere(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.run("document.getElementById('graph-pane').scrollIntoView()")
    desktop.wait("document.querySelectorAll('#graph-pane .node[data-kind=op]').length === 18")
    desktop.run("document.querySelector('#ops tr[data-index=\"16\"]').click()")
    assert desktop.each("#ops tr.on", "it.dataset.index") == ["16"]
    assert desktop.each("#graph-pane .node[data-kind=op].on", "it.dataset.index") == ["16"]
    assert desktop.each("#overview .on", "it.dataset.op") == ["16"]
    assert desktop.each(".box-g.on[data-kind=buffer]", "1")
    assert desktop.each(".cursor", "it.getAttribute('visibility')") == ["visible"]
    # The node was brought into the pane, and a buffer of the map marks the operator that writes it.
    inside = """(() => {
      const [a, b] = [it.getBoundingClientRect(), document.getElementById('graph-pane').getBoundingClientRect()];
      return a.top >= b.top && a.bottom <= b.bottom;
    })()"""
    assert desktop.each("#graph-pane .node[data-kind=op].on", inside) == [True]
    desktop.press(Keys.ESCAPE)
    assert desktop.each("#ops tr.on, .box-g.on, #overview .on, #graph-pane .on", "1") == []
    desktop.click("#tensors tr[data-buffer]")
    assert len(desktop.each("#tensors tr.on", "1")) >= 1
    assert len(desktop.each(".box-g.on[data-kind=buffer]", "1")) == 1
    assert len(desktop.each("#ops tr.on", "1")) == 1


def test_the_address_of_the_page_shows_the_same_again(desktop: Page, example: Path) -> None:
    desktop.open(example)
    desktop.click('[data-zoom=time][data-by="2"]')
    desktop.run("document.querySelector('.pane').scrollLeft = 250")
    desktop.run("document.querySelector('#ops tr[data-index=\"4\"]').click()")
    desktop.run("document.querySelector('[data-sort=\"1\"]').click()")
    desktop.driver.find_element(By.ID, "filter").send_keys("conv")
    desktop.wait("location.hash.includes('filter=conv')")
    kept = state(desktop)
    assert kept["selected"] == ["0.op.4"]
    assert kept["time"] == ["2"]
    assert kept["sort"] == ["1d"]
    fragment = str(desktop.run("return location.hash"))
    left = desktop.run("return document.querySelector('.pane').scrollLeft")
    rows = desktop.each("#ops tbody tr", "it.dataset.index")
    reopen(desktop, example, fragment)
    assert desktop.each("#ops tbody tr", "it.dataset.index") == rows
    assert desktop.run("return document.querySelector('.pane').scrollLeft") == pytest.approx(left, abs=2)
    assert "Escape lets it go" in desktop.text("#details")


@pytest.mark.parametrize(
    "fragment",
    ["#map&selected=7.op.1", "#selected=0.op.99999&time=abc&sort=77d", "#time=-3&address=1e9&left=7", "#%E0%A4%A"],
)
def test_an_address_that_is_none_does_no_harm(fragment: str, desktop: Page, example: Path) -> None:
    desktop.console()
    reopen(desktop, example, fragment)
    assert desktop.console() == []
    assert "Nothing selected" in desktop.text("#details")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_tables_fit_the_screen(size: str, example: Path, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(size)
    page.open(example)
    too_wide = "it.scrollWidth > it.clientWidth + 1 ? it.getAttribute('aria-label') : null"
    assert [name for name in page.each("main .scroll", too_wide) if name] == []
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")


def test_each_warning_stands_once(desktop: Page, tmp_path: Path) -> None:
    fitted = tmp_path / "planned.tflite"
    fitted.write_bytes(write_bytes(price(read_model(EXAMPLE), CORTEX_M4).model))
    page = tmp_path / "pico.html"
    board = tmp_path / "other.toml"
    board.write_text('usual_kernels = "other"\n' + PICO.read_text(encoding="utf-8"), encoding="utf-8")
    found = report_model(EXAMPLE, fitted=fitted, effort=0, board=str(board))
    page.write_text(render(found), encoding="utf-8")
    desktop.open(page)
    assert found.before.inspection.estimated
    warnings = desktop.each(".warning", "it.textContent")
    assert len(warnings) == len(set(warnings)) == len(found.before.inspection.estimated)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_no_serious_issue(size: str, example: Path, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(size)
    page.open(example)
    page.run("document.getElementById('graph-pane').scrollIntoView()")
    page.wait("document.querySelectorAll('#graph-pane .node[data-kind=op]').length === 18")
    assert serious_issues(page) == []
