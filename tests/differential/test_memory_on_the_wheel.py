"""Predicted against measured on the wheel (x86-64): head, tail, every recorded category, the smallest arena."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from arenafit.runtime import Category as Title
from arenafit.runtime import GeneratedInputs, Measurement, TflmPool
from arenafit.tflite import read_model
from arenafit.tflm import footprint
from support.corpus import corpus_index, corpus_model, corpus_models
from support.counting import calls_of
from support.recorded import recorded

# Refuses negative numbers when invoked, which random inputs contain.
NEEDS_POSITIVE_INPUTS = {"litert__single_rsqrt_default_a16w8_recipe_quantized"}


@pytest.fixture(scope="module")
def tflm() -> Iterator[TflmPool]:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    with TflmPool(workers=1) as pool:
        yield pool


@corpus_models("dev")
def test_head_and_tail_are_those_of_the_index(path: Path) -> None:
    row = corpus_index()[f"dev/{path.stem}"]

    predicted = footprint(read_model(path))

    found = (predicted.head_bytes, predicted.tail_bytes, predicted.used_bytes)
    assert found == (int(row["arena_head"]), int(row["arena_tail"]), int(row["arena_total"]))


@corpus_models("dev", "case")
def test_categories_and_the_smallest_arena_are_measured_as_predicted(tflm: TflmPool, path: Path) -> None:
    inputs = GeneratedInputs(1, kinds=("max",)) if path.stem in NEEDS_POSITIVE_INPUTS else GeneratedInputs(1)
    measured = tflm.measure(path, inputs=inputs, min_arena=True)
    assert isinstance(measured, Measurement), measured.reason

    predicted = footprint(read_model(path))

    assert (predicted.head_bytes, predicted.tail_bytes) == (measured.head_bytes, measured.tail_bytes)
    assert predicted.used_bytes == measured.total_bytes
    assert recorded(predicted) == {title: measured.record(title) for title in Title}
    assert predicted.min_arena_bytes == measured.min_arena_bytes, predicted.binding


@pytest.mark.corpus
def test_a_whole_prediction_of_person_detect_is_little_work() -> None:
    path = corpus_model("dev/tflm__person_detect")
    footprint(read_model(path))

    _, calls = calls_of(lambda: footprint(read_model(path)))

    # About half as many are needed today.
    assert calls < 80_000
