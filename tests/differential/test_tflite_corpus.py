"""The whole corpus: nothing is lost, nothing grows, and the real runtimes see no difference."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from arenafit.errors import ModelFormatError, UnsupportedModelError
from arenafit.runtime import GeneratedInputs, Measurement, Refusal, Stage, TflmPool
from arenafit.runtime.litert import LiteRtPool
from arenafit.tflite import read_bytes, read_model, write_bytes
from support.corpus import corpus_model, corpus_models
from support.counting import calls_of

_GROWTH_BYTES = 64
_UNREADABLE = {
    "coral__model_invoking_error": (ModelFormatError, "names buffer 0, there are 0"),
    "litert__lstm_calibrated2": (ModelFormatError, "negative extent"),
    "litert__lstm_quantized2": (ModelFormatError, "negative extent"),
    "litert__transpose": (UnsupportedModelError, "schema version 2"),
}
# Refuses negative numbers when invoked, which random inputs contain.
_NEEDS_POSITIVE_INPUTS = {"litert__single_rsqrt_default_a16w8_recipe_quantized"}


@pytest.fixture(scope="module")
def tflm() -> Iterator[TflmPool]:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    with TflmPool(workers=1) as pool:
        yield pool


@pytest.fixture(scope="module")
def litert() -> Iterator[LiteRtPool]:
    with LiteRtPool(workers=1) as pool:
        yield pool


def inputs_for(path: Path) -> GeneratedInputs:
    positive = path.stem in _NEEDS_POSITIVE_INPUTS
    return GeneratedInputs(1, kinds=("max",)) if positive else GeneratedInputs(2)


@corpus_models("dev", "case")
def test_reading_and_writing_loses_nothing(path: Path) -> None:
    model = read_model(path)
    written = write_bytes(model)
    assert read_bytes(written) == model
    assert write_bytes(read_bytes(written)) == written
    assert len(written) <= path.stat().st_size + _GROWTH_BYTES


@corpus_models("refused")
def test_refused_models_load_or_say_why(path: Path) -> None:
    expected = _UNREADABLE.get(path.stem)
    if expected is None:
        model = read_model(path)
        assert read_bytes(write_bytes(model)) == model
        return
    kind, clause = expected
    with pytest.raises(kind) as caught:
        read_model(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert str(caught.value).isprintable()
    assert clause in str(caught.value)


@corpus_models("dev", "case")
def test_tflm_sees_no_difference(tflm: TflmPool, path: Path) -> None:
    before = tflm.measure(path, inputs=inputs_for(path))
    after = tflm.measure(write_bytes(read_model(path)), inputs=inputs_for(path))
    assert isinstance(before, Measurement), before.reason
    assert isinstance(after, Measurement), after.reason
    assert after.digests == before.digests
    assert (after.head_bytes, after.tail_bytes, after.total_bytes) == (
        before.head_bytes,
        before.tail_bytes,
        before.total_bytes,
    )
    assert after.records == before.records


@corpus_models("dev", "case")
def test_desktop_litert_sees_no_difference(litert: LiteRtPool, path: Path) -> None:
    before = litert.measure(path, inputs=inputs_for(path))
    after = litert.measure(write_bytes(read_model(path)), inputs=inputs_for(path))
    if isinstance(before, Refusal):
        assert isinstance(after, Refusal)
        assert after.stage is before.stage
        # Where damaged memory shows first is chance; a refusal in words is not.
        assert after.reason == before.reason or before.stage is Stage.CRASH
        return
    assert isinstance(after, Measurement), after.reason
    assert after.digests == before.digests
    assert (after.inputs, after.outputs) == (before.inputs, before.outputs)


@pytest.mark.corpus
def test_reading_is_little_work() -> None:
    data = corpus_model("dev/tflm__person_detect").read_bytes()
    read_bytes(data)
    _, calls = calls_of(lambda: read_bytes(data))
    # About half as many are needed today.
    assert calls < 60_000
