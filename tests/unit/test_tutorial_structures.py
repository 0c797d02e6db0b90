"""The tutorial's answers about other structures are those that `whatif` gives, in both languages."""

import re
from pathlib import Path

import pytest

from arenafit.api.whatif import WhatIf, whatif_model

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "examples" / "spectrogram" / "spectrogram_fp32.tflite"
ROW = re.compile(r"^\| `(\S+=\S+|-)` \|[^|]+\| ([\d,]+) \| ([\d,]+) \| ([^|]*)\|$", re.MULTILINE)
ZH = "tutorial.zh-CN.md"
NEEDS = {"keeps weights": "keeps weights", "retrain": "retrain", "保留权重": "keeps weights", "重新训练": "retrain"}


@pytest.mark.parametrize("page", ["tutorial.md", ZH])
def test_the_arenas_are_what_whatif_says(page: str) -> None:
    pytest.importorskip("litert_quantizer", reason="needs the extra 'quantize'")
    (_, stock, _, _), *rows = ROW.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert len(rows) == 8
    for setting, arena, _, needs in rows:
        found = whatif_model(MODEL, WhatIf(as_int8=True, settings=(setting,)))
        assert f"{found.before.arena_bytes:,}" == stock
        assert (f"{found.rows[0].price.arena_bytes:,}", found.rows[0].needs) == (arena, NEEDS[needs.strip()]), setting


def test_the_arenas_after_fit_are_what_whatif_says() -> None:
    """One row, as each takes seconds: that of which the text says that it changes its place."""
    pytest.importorskip("litert_quantizer", reason="needs the extra 'quantize'")
    pages = [ROW.findall((ROOT / "docs" / name).read_text(encoding="utf-8")) for name in ("tutorial.md", ZH)]
    columns = [{setting: fitted for setting, _, fitted, _ in rows} for rows in pages]
    assert columns[0] == columns[1]
    setting = "pool#1.instead=stride"
    found = whatif_model(MODEL, WhatIf(as_int8=True, fit=True, settings=(setting,)))
    assert f"{found.before.fitted_bytes:,}" == columns[0]["-"]
    assert f"{found.rows[0].price.fitted_bytes:,}" == columns[0][setting]
