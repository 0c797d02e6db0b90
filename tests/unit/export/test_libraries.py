"""A layout for a library that is too old for a model refuses; a manifest asks for a version that is not."""

from pathlib import Path

import pytest

import arenafit
from arenafit.errors import UnsupportedModelError
from arenafit.export import SourceLayout
from arenafit.ir import DType, Options
from arenafit.tflite import write_bytes
from support.models import Sketch, conv_chain


def saved(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    return path


def maximum() -> bytes:
    """MAXIMUM on int16, in TFLM since 2024-09-09."""
    sketch = Sketch(DType.INT16)
    output = sketch.tensor("output", (1, 4))
    sketch.editor.append_op(sketch.editor.make_op("MAXIMUM", (sketch.input(1, 4), sketch.input(1, 4)), (output,)))
    return write_bytes(sketch.finish(output))


def test_arduinos_library_lacks_the_operator_and_the_command_that_helps_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, maximum())
    with pytest.raises(UnsupportedModelError, match=r"MAXIMUM: INT16 is in TFLM since 2024-09-09.*--tflm ard"):
        arenafit.export_model(path, tmp_path / "out", layout=SourceLayout.ARDUINO)
    assert not (tmp_path / "out").exists()


def test_the_component_asked_for_has_the_operator(tmp_path: Path) -> None:
    made = arenafit.export_model(saved(tmp_path, maximum()), tmp_path / "out", layout=SourceLayout.ESP_IDF)
    assert '">=1.3.2"' in (tmp_path / "out" / "idf_component.yml").read_text(encoding="utf-8")
    assert made.needs_tflm == "2024-09"


def test_what_every_tflm_has_needs_none(tmp_path: Path) -> None:
    path = saved(tmp_path, write_bytes(conv_chain()))
    made = arenafit.export_model(path, tmp_path / "out", layout=SourceLayout.ESP_IDF)
    assert '">=1.3.0"' in (tmp_path / "out" / "idf_component.yml").read_text(encoding="utf-8")
    assert made.needs_tflm is None
    arenafit.export_model(path, tmp_path / "arduino", layout=SourceLayout.ARDUINO)


def test_memory_is_that_of_arduinos_tflm(tmp_path: Path) -> None:
    sketch = Sketch(DType.INT8)
    output = sketch.tensor("output", (1, 8))
    axis = Options("ConcatenationOptions", (("axis", 1), ("fused_activation_function", 0)))
    parts = (sketch.input(1, 4), sketch.input(1, 4))
    sketch.editor.append_op(sketch.editor.make_op("CONCATENATION", parts, (output,), axis, version=2))
    path = saved(tmp_path, write_bytes(sketch.finish(output)))
    now = arenafit.export_model(path, tmp_path / "plain")
    then = arenafit.export_model(path, tmp_path / "arduino", layout=SourceLayout.ARDUINO)
    # Until 2024-12-16 its scales and zero points were kept: two allocations of 8 bytes, aligned to 16.
    assert then.arenas[0].min_bytes >= now.arenas[0].min_bytes + 32
    assert "2023-02-27" in (tmp_path / "arduino" / "src" / "arena_size.h").read_text(encoding="utf-8")
