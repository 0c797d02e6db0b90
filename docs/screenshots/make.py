"""Takes the screenshots of the documentation in Chromium: python docs/screenshots/make.py.

The pages are reports of the examples in this repository: one as it is on a board, one fitted, with its steps.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests"))


from arenafit.api.report import report_model  # noqa: E402 - the path of the tests comes first
from arenafit.report.render.html import render  # noqa: E402 - as above
from support.browser import DESKTOP, PHONE, Page, chromium  # noqa: E402 - found through the path added above

EXAMPLE = ROOT / "examples" / "small" / "mobile_int8.tflite"
EFFORT = 2000


def main() -> None:
    """Write every screenshot."""
    with TemporaryDirectory() as folder:
        where = Path(folder)
        alone, fitted = where / "alone.html", where / "fitted.html"
        alone.write_text(render(report_model(EXAMPLE, board="nucleo-f401re", effort=EFFORT)), encoding="utf-8")
        fitted.write_text(render(report_model(EXAMPLE, fit=True, effort=EFFORT)), encoding="utf-8")
        with chromium(DESKTOP, where / "light") as page:
            take(page, alone, "report-summary")
            take(page, alone, "report-options", "#options")
            take(page, fitted, "report-before-after", "#map")
            take(page, fitted, "report-a-step", "#map", step=2)
            take(page, fitted, "report-steps", "#steps")
        with chromium(DESKTOP, where / "dark", dark=True) as page:
            take(page, alone, "report-map-dark", "#map")
            take(page, alone, "report-graph-dark", "#graph")
        with chromium(PHONE, where / "phone") as page:
            take(page, alone, "report-phone")
        with chromium(PHONE, where / "phone-dark", dark=True) as page:
            take(page, alone, "report-phone-dark")


def take(page: Page, file: Path, name: str, section: str | None = None, step: int | None = None) -> None:
    """Save what is on the screen: the top of the page, or a section of it; after a step of the fit, if one is named."""
    page.open(file)
    page.run("scrollTo(0, 0)")
    if step is not None:
        slide = (
            "const it = document.getElementById('step'); it.value = arguments[0]; it.dispatchEvent(new Event('input'))"
        )
        page.run(slide, step)
    if section is not None:
        page.run("document.querySelector(arguments[0]).scrollIntoView()", section)
        page.run("return new Promise((done) => setTimeout(done, 600))")
    page.driver.save_screenshot(str(HERE / f"{name}.png"))


if __name__ == "__main__":
    main()
