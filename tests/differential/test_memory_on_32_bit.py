"""Predicted against what was measured on 32-bit builds of TFLM: Cortex-M4, Cortex-M55, and 4-byte enums.

The figures are those of the corpus's golden/arena.jsonl. `EXCEPTIONS` lists every model that is off, with its cause;
there is none.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from arenafit.errors import ArenafitError
from arenafit.ir import Model
from arenafit.targets.target import CORTEX_M4, CORTEX_M4_REFERENCE, CORTEX_M55, GENERIC_32_BIT, Target
from arenafit.tflite import read_model
from arenafit.tflm import footprint
from support.corpus import corpus_files, corpus_root

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


@cache
def _paths() -> dict[str, Path]:
    return {path.name: path for path in corpus_files()}


@cache
def _model(name: str) -> Model:
    return read_model(_paths()[name])


@pytest.mark.corpus
@pytest.mark.parametrize("name", TARGETS)
def test_every_figure_is_predicted_to_the_byte(name: str) -> None:
    rows = _measured().get(name)
    if not rows:
        pytest.skip("needs the measured arenas: set ARENAFIT_CORPUS to a directory with golden/arena.jsonl")

    off = {row["model"]: found for row in rows if (found := _differences(row, TARGETS[name]))}

    assert len(rows) > 100
    assert off.keys() == {model for model, target in EXCEPTIONS if target == name}, off


def _differences(row: dict[str, Any], target: Target) -> dict[str, Any]:
    try:
        predicted = _figures(row["model"], target)
    except ArenafitError as error:
        return {"error": str(error)}
    categories = {key: value for key, value in row["categories"].items() if key != "op_data"}
    measured = {
        "recording": row["recording"],
        "ordinary": row["ordinary"],
        "min_arena": row["min_arena"],
        "categories": categories,
    }
    return {key: (predicted[key], measured[key]) for key in measured if predicted[key] != measured[key]}


def _figures(name: str, target: Target) -> dict[str, Any]:
    found = footprint(_model(name), target)
    recording = found.recording
    categories = {
        category.value: {"used": line.used_bytes, "requested": line.requested_bytes, "count": line.count}
        for category, line in recording.categories.items()
    }
    return {
        "recording": {
            "head": recording.head_bytes,
            "tail": recording.tail_bytes,
            "total": recording.total_bytes,
        },
        "ordinary": {"head": found.head_bytes, "tail": found.tail_bytes, "total": found.used_bytes},
        "min_arena": found.min_arena_bytes,
        "categories": categories,
    }
