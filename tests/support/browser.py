"""A real headless Chromium, driven by selenium; tests that need one skip with the reason where it is not found."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.by import By

# What keeps Chromium from reaching for the network by itself, and lets it run as root in a container.
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
DESKTOP, PHONE = (1400, 950), (390, 844)

# Far more looks than a busy machine needs; the script ends by itself long before its limit.
_MOST_LOOKS = 4_000
_LONGEST_SCRIPT_SECONDS = 900


class Page:
    """A page in the browser, with what the tests ask of it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, file: Path) -> None:
        """Load a page from a file and wait until its scripts have run."""
        self.driver.get(file.resolve().as_uri())
        self.wait("document.documentElement.dataset.ready === 'yes'")
        self.run("document.documentElement.style.scrollBehavior = 'auto'")

    def click(self, selector: str) -> None:
        """Bring an element to the middle of the window and click it."""
        found = self.driver.find_element(By.CSS_SELECTOR, selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", found)
        found.click()

    def tap(self, selector: str) -> None:
        """Bring an element to the middle of the screen and touch it."""
        found = self.driver.find_element(By.CSS_SELECTOR, selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", found)
        box = self.each(selector, "it.getBoundingClientRect().toJSON()")[0]
        actions = ActionBuilder(self.driver, mouse=PointerInput("touch", "finger"))  # type: ignore[no-untyped-call]
        x, y = int(box["x"] + box["width"] / 2), int(box["y"] + box["height"] / 2)
        actions.pointer_action.move_to_location(x, y)  # type: ignore[no-untyped-call]
        actions.pointer_action.pointer_down().pointer_up()  # type: ignore[no-untyped-call]
        actions.perform()

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def each(self, selector: str, expression: str) -> list[Any]:
        """Return a JavaScript expression of `it` for each element that a selector finds."""
        return list(
            self.run(f"return [...document.querySelectorAll(arguments[0])].map((it) => {expression})", selector)
        )

    def run(self, script: str, *arguments: object) -> Any:
        """Return what a script returns."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition: str) -> None:
        """Wait until a JavaScript expression is true; after far more looks than any machine needs it never will be."""
        script = f"""
            const done = arguments[arguments.length - 1];
            let looks = 0;
            (function poll() {{
              if ({condition}) done(true);
              else if (++looks > {_MOST_LOOKS}) done(false);
              else setTimeout(poll, 30);
            }})();
        """
        self.driver.set_script_timeout(_LONGEST_SCRIPT_SECONDS)
        assert self.driver.execute_async_script(script), f"still not so after {_MOST_LOOKS:,} looks: {condition}"

    def text(self, selector: str) -> str:
        """Return the text of the first element that a selector finds."""
        return str(self.run("return document.querySelector(arguments[0]).innerText", selector))

    def console(self) -> list[str]:
        """Return what the page said on the console since the last call."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def requests(self) -> list[str]:
        """Return the addresses the page asked for since the last call."""
        found = []
        for entry in self.driver.get_log("performance"):  # type: ignore[no-untyped-call]
            event = json.loads(entry["message"])["message"]
            if event["method"] == "Network.requestWillBeSent":
                found.append(str(event["params"]["request"]["url"]))
        return found


@contextmanager
def chromium(size: tuple[int, int], profile: Path, *, dark: bool = False) -> Iterator[Page]:
    """Give a browser with an empty profile; a width below 600 is that of a phone, with touch."""
    binary, driver_binary = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver_binary is None:
        pytest.skip("needs chromium and chromedriver (Debian: apt-get install chromium chromium-driver)")
    width, height = size
    options = Options()
    options.binary_location = binary
    for flag in (*_FLAGS, f"--window-size={width},{height}", f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(driver_binary))
    try:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        if width < 600:
            device = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)
            driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
        yield Page(driver)
    finally:
        driver.quit()


def serious_issues(page: Page) -> list[Any]:
    """Return what axe-core finds serious or critical in a page: the rule, and some of the elements that break it."""
    named = os.environ.get("ARENAFIT_AXE", "")
    places = (Path(named), Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js")
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        pytest.skip("needs axe-core (npm install --no-save axe-core, or ARENAFIT_AXE=FILE)")
    page.run(found.read_text(encoding="utf-8"))
    page.driver.set_script_timeout(120)
    issues: list[Any] = page.driver.execute_async_script(
        "const done = arguments[0]; axe.run(document).then(({ violations }) => done(violations.filter(({ impact }) =>"
        " ['serious', 'critical'].includes(impact))"
        ".map(({ id, nodes }) => [id, nodes.slice(0, 3).map((at) => at.html)])))"
    )
    return issues
