"""Predicted against what was measured of ESP-NN's libraries, and of CMSIS-NN without the DSP extension.

The figures are those of the corpus's golden/arena_esp_nn_m0plus.jsonl and golden/arena_esp32s3_older_esp_nn.jsonl, of
models that TFLM allocated; some refuse to run later. `EXCEPTIONS` lists every model that is off, with its cause; there
is none.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from arenafit.errors import ArenafitError
from arenafit.kernels.protocol import Ask
from arenafit.targets.libraries import find_library
from arenafit.targets.target import CORTEX_M0_PLUS, ESP32, ESP32_P4, ESP32_S3, Target
from arenafit.tflm.kernel_requests import ask
from support.corpus import corpus_root
from support.golden_arena import differences, model

FILES = ("arena_esp_nn_m0plus.jsonl", "arena_esp32s3_older_esp_nn.jsonl")
TARGETS = {
    "esp32-esp-nn": ESP32,
    "esp32s3-esp-nn": ESP32_S3,
    "esp32p4-esp-nn": ESP32_P4,
    "cortex-m0plus-cmsis-nn": CORTEX_M0_PLUS,
    **{
        f"esp32s3-esp-nn-{version}": replace(ESP32_S3, kernels=find_library(f"esp-nn-s3@{version}"))
        for version in ("1.1.2", "1.2.0", "1.2.2")
    },
}
EXCEPTIONS: dict[tuple[str, str], str] = {}


@cache
def _measured() -> dict[str, list[dict[str, Any]]]:
    root = corpus_root()
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in TARGETS}
    for file in () if root is None else [root / "golden" / name for name in FILES]:
        for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
            row = json.loads(line)
            if "recording" in row:
                found[row["target"]].append(row)
    return found


def _rows(name: str) -> list[dict[str, Any]]:
    found = _measured()[name]
    if not found:
        pytest.skip("needs the measured arenas: set ARENAFIT_CORPUS to a directory with golden/" + FILES[0])
    return found


@pytest.mark.corpus
@pytest.mark.parametrize("name", TARGETS)
def test_every_figure_is_predicted_to_the_byte(name: str) -> None:
    rows = _rows(name)

    off = {row["model"]: found for row in rows if (found := differences(row, TARGETS[name]))}

    assert len(rows) > 100
    assert off.keys() == {file for file, target in EXCEPTIONS if target == name}, off


@pytest.mark.corpus
@pytest.mark.parametrize("name", [name for name in TARGETS if "-1." not in name])
def test_every_scratch_buffer_is_asked_for_in_its_turn(name: str) -> None:
    rows = [row for row in _rows(name) if "scratch" in row]

    off = {row["model"]: found for row in rows if (found := _scratch(row, TARGETS[name]))}

    assert len(rows) > 100
    assert not off


def _scratch(row: dict[str, Any], target: Target) -> tuple[list[int], list[int]] | str | None:
    try:
        predicted = list(_scratches(row["model"], target))
    except ArenafitError as error:
        return str(error)
    return None if predicted == row["scratch"] else (predicted, row["scratch"])


def _scratches(name: str, target: Target) -> Iterator[int]:
    for item in ask(model(name), target).ops:
        yield from (size_bytes for kind, size_bytes, _ in item.prepare if kind is Ask.SCRATCH)
