"""Whatever the bytes are: a model, or a one-line error of ours, at once."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arenafit.errors import ModelFormatError, UnsupportedModelError
from arenafit.ir import Editor, Model
from arenafit.ir.text import describe
from arenafit.tflite import read_bytes, write_bytes
from support.corpus import corpus_models
from support.counting import calls_of
from support.models import Sketch, conv_chain
from support.small_models import SMALL_MODELS, while_loop

_MOST_CALLS = 300_000
# Swept byte by byte: one with control flow, one with quantisation.
_SWEPT = ("while_loop", "svdf")
_FLIPS = (0x01, 0x80, 0xFF)


def outcome(data: bytes) -> Model | str:
    """Return the model in `data`, or the error; at once in either case."""
    found, calls = calls_of(lambda: _read(data))
    assert calls < _MOST_CALLS
    return found


def _read(data: bytes) -> Model | str:
    try:
        return read_bytes(data, "fuzzed")
    except (ModelFormatError, UnsupportedModelError) as error:
        return str(error)


def loads(data: bytes) -> bool:
    """Return whether `data` loads; if not, the error is one line that names the source."""
    found = outcome(data)
    if isinstance(found, str):
        assert found.startswith("fuzzed: ")
        assert found.isprintable()
    return isinstance(found, Model)


def survives(data: bytes) -> bool:
    """Return whether `data` loads; what loads must also describe, edit, write and read back as the same model."""
    if not loads(data):
        return False
    model = read_bytes(data)
    describe(model)
    assert Editor(model).build() == model
    assert read_bytes(write_bytes(model)) == model
    return True


@pytest.mark.parametrize("name", _SWEPT)
def test_every_flip_of_every_byte(name: str) -> None:
    data = write_bytes(SMALL_MODELS[name]())
    outcomes = set()
    for place in range(len(data)):
        for flip in _FLIPS:
            changed = bytearray(data)
            changed[place] ^= flip
            outcomes.add(survives(bytes(changed)))
    # A sweep in which nothing or everything loads would prove little.
    assert outcomes == {True, False}


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_every_truncation(name: str) -> None:
    data = write_bytes(SMALL_MODELS[name]())
    assert survives(data)
    cut = [length for length in range(len(data)) if survives(data[:length])]
    # Only padding may be missing at the end.
    assert all(not any(data[length:]) for length in cut)


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    survives(data)
    survives(data[:4] + b"TFL3" + data[4:])


@st.composite
def mutations(draw: st.DrawFn, source: bytes) -> bytes:
    """`source` with a few places overwritten, cut out or copied."""
    data = bytearray(source)
    for _ in range(draw(st.integers(1, 8))):
        place = draw(st.integers(0, len(data) - 1))
        kind = draw(st.sampled_from(("overwrite", "word", "cut", "copy")))
        if kind == "overwrite":
            patch = draw(st.binary(min_size=1, max_size=8))
            data[place : place + len(patch)] = patch
        elif kind == "word":
            word = draw(st.sampled_from((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, len(data))))
            data[place & ~3 : (place & ~3) + 4] = word.to_bytes(4, "little")
        elif kind == "cut" and len(data) > 64:
            del data[place : place + draw(st.integers(1, 16))]
        else:
            other = draw(st.integers(0, len(data) - 1))
            data[place : place + 12] = data[other : other + 12]
    return bytes(data)


_LOOP = write_bytes(while_loop())
_CHAIN = write_bytes(conv_chain(layers=1, size=4, channels=2))


@settings(max_examples=400, deadline=None)
@given(st.one_of(mutations(_LOOP), mutations(_CHAIN)))
def test_mutated_models(data: bytes) -> None:
    survives(data)


@settings(max_examples=40, deadline=None)
@given(
    layers=st.lists(st.tuples(st.integers(1, 5), st.sampled_from((1, 3)), st.integers(1, 2)), min_size=1, max_size=5),
    size=st.integers(4, 12),
)
def test_models_of_any_shape_survive_reading_and_writing(layers: list[tuple[int, int, int]], size: int) -> None:
    sketch = Sketch()
    tensor = sketch.input(1, size, size, 1)
    for channels, kernel, stride in layers:
        tensor = sketch.conv(tensor, channels, kernel=kernel, stride=stride)
    model = read_bytes(write_bytes(sketch.finish(tensor)))
    assert read_bytes(write_bytes(model)) == model


@corpus_models()
def test_damaged_corpus_models(path: Path) -> None:
    data = path.read_bytes()
    # Strides that touch the whole file in a bounded number of reads; the large ones are mostly weights.
    step = max(1, len(data) // 20)
    for place in range(step // 2, len(data), step):
        loads(data[:place])
        for flip in (0x80, 0xFF):
            changed = bytearray(data)
            changed[place] ^= flip
            loads(bytes(changed))
