"""A report of a model with hostile names in a real Chromium: nothing of a name is executed, nothing is asked for."""

from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="needs selenium to drive a browser")

from arenafit.api.report import report_model
from arenafit.report.render.html import render
from arenafit.tflite import write_bytes
from support.browser import DESKTOP, chromium
from support.hostile import called
from support.models import conv_chain

_OWNED = "document.documentElement.dataset.owned='yes'"
NAMES = {
    "element": f"<script>{_OWNED}</script><img src=x onerror={_OWNED}>",
    "end of data": f"</script><script>{_OWNED}</script><!--",
    "attribute": f"\"'><svg onload={_OWNED}>",
    "template": f"{{{{''.__class__}}}}${{{_OWNED}}}`+{_OWNED}+`",
    "address": f"javascript:{_OWNED}",
    "controls": f"\x1b\u2028\u202e\x00]]><svg/onload={_OWNED}>",
}


@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_executed(name: str, tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(write_bytes(called(conv_chain(layers=2, size=8, channels=2), NAMES[name])))
    page = tmp_path / "page.html"
    page.write_text(render(report_model(model, effort=0)), encoding="utf-8")

    with chromium(DESKTOP, tmp_path / "profile") as browser:
        browser.open(page)
        # What shows names: rows, boxes of the map, nodes of the graph.
        browser.run(
            "for (const it of document.querySelectorAll('tr, rect, button, summary'))"
            " for (const what of ['pointerover', 'pointermove', 'click', 'focusin'])"
            " it.dispatchEvent(new MouseEvent(what, {bubbles: true}))"
        )
        assert browser.run("return document.documentElement.dataset.owned") is None
        assert [address for address in browser.requests() if address.startswith("http")] == []
        # The name is there, as text.
        assert "dataset.owned" in browser.run("return document.body.textContent")
