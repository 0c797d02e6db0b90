"""Predicted against what was measured on 32-bit builds of TFLM: Cortex-M4, Cortex-M55, and 4-byte enums.

The figures are those of the corpus's golden/arena.jsonl. `EXCEPTIONS` lists every model that is off, with its cause;
there is none.
"""

import json
from functools import cache
from typing import Any

import pytest

from arenafit.targets.target import CORTEX_M4, CORTEX_M4_REFERENCE, CORTEX_M55, GENERIC_32_BIT
from support.corpus import corpus_root
from support.golden_arena import differences

TARGETS = {
    "cortex-m4-reference": CORTEX_M4_REFERENCE,
    "cortex-m4-cmsis-nn": CORTEX_M4,
    "cortex-m55-cmsis-nn": CORTEX_M55,
    "ilp32-int-enums-reference": GENERIC_32_BIT,
}
EXCEPTIONS: dict[tuple[str, str], str] = {}


@cache
def _measured() -> dict[str, list[dict[str, Any]]]:
    root = corpus_root()
    file = None if root is None else root / "golden" / "arena.jsonl"
    if file is None or not file.is_file():
        return {}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in TARGETS}
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["ok"]:
            found[row["target"]].append(row)
    return found


@pytest.mark.corpus
@pytest.mark.parametrize("name", TARGETS)
def test_every_figure_is_predicted_to_the_byte(name: str) -> None:
    rows = _measured().get(name)
    if not rows:
        pytest.skip("needs the measured arenas: set ARENAFIT_CORPUS to a directory with golden/arena.jsonl")

    off = {row["model"]: found for row in rows if (found := differences(row, TARGETS[name]))}

    assert len(rows) > 100
    assert off.keys() == {model for model, target in EXCEPTIONS if target == name}, off
