"""The functions take what the command line takes, and models that are no files."""

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import arenafit
from arenafit.api.arguments import choice, share, size
from arenafit.errors import ArenafitError, ConfigError, ModelFormatError, RuntimeUnavailableError
from arenafit.fit import Loops
from arenafit.rewrites.protocol import Validity
from arenafit.tflite import write_bytes
from support.models import residual


class FakeConverter:
    """What `tf.lite.TFLiteConverter` is to arenafit."""

    def __init__(self, made: object) -> None:
        self.made = made

    def convert(self) -> object:
        return self.made


def test_bytes_and_a_converter_are_read_as_the_file_is(tmp_path: Path) -> None:
    content = write_bytes(residual())
    file = tmp_path / "model.tflite"
    file.write_bytes(content)
    from_file = arenafit.inspect_model(file)
    for model in (content, bytearray(content), memoryview(content), FakeConverter(content)):
        found = arenafit.inspect_model(model)  # type: ignore[arg-type]
        assert found.model == "model.tflite"
        assert str(tmp_path) not in found.to_json()
        assert replace(found, model="", answer=from_file.answer) == replace(from_file, model="")
    report = arenafit.report_model(content, effort=0)
    assert report.before.inspection.model == "model.tflite"


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (3, "a int is no model: give a path"),
        (FakeConverter("text"), r"convert\(\) of the FakeConverter gave a str, not bytes"),
        (b"", "^model.tflite"),
        (b"no model at all", "^model.tflite"),
    ],
)
def test_what_is_no_model_is_refused_in_one_line(model: object, says: str) -> None:
    with pytest.raises(ModelFormatError, match=says) as caught:
        arenafit.inspect_model(model)  # type: ignore[arg-type]
    assert "arenafit-" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sizes_shares_and_choices_are_written_as_on_the_command_line() -> None:
    assert (size("64K"), size(1000), size(None)) == (65536, 1000, None)
    assert (share("10%"), share("0.1"), share(0.1), share(None)) == (0.1, 0.1, 0.1, None)
    assert choice(Validity, "tflm", "validity") is choice(Validity, Validity.TFLM, "validity") is Validity.TFLM
    with pytest.raises(ArenafitError, match="'64 apples' is not a size"):
        size("64 apples")
    for wrong in ("ten", "-1%", "nan%"):
        with pytest.raises(ConfigError, match=r"is no share: write 10% or 0\.1"):
            share(wrong)
    with pytest.raises(ConfigError, match="loops 'curled' is none of: "):
        choice(Loops, "curled", "loops")


def test_fit_takes_text_where_the_command_line_does(tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    content = write_bytes(residual(size=24))
    written = tmp_path / "fitted.tflite"
    found = arenafit.fit_model(content, written, ram="64K", validity="tflm", effort=20, loops="unrolled")
    assert (found.model, found.validity) == ("model.tflite", "tflm")
    assert found.verdict.verified
    assert written.stat().st_size == found.flash_bytes_after
    again = tmp_path / "again.tflite"
    exact = arenafit.fit_model(content, again, ram=65536, validity=Validity.TFLM, effort=20, loops=Loops.UNROLLED)
    assert again.read_bytes() == written.read_bytes()
    assert exact.after_predicted_bytes == found.after_predicted_bytes
    with pytest.raises(ConfigError, match="validity 'none' is none of: tflite, tflm"):
        arenafit.fit_model(content, tmp_path / "no.tflite", validity="none")
    assert not (tmp_path / "no.tflite").exists()
    assert type(found).from_json(found.to_json()) == found
    assert repr(found).startswith("<FitDocument: ")
    assert "<svg" in found._repr_html_()


class FakeTensorFlow:
    """Stands for TensorFlow, whose converter of Keras models gives `content`."""

    def __init__(self, content: bytes) -> None:
        self.seen: list[object] = []
        self.content = content
        self.lite = SimpleNamespace(TFLiteConverter=SimpleNamespace(from_keras_model=self.converter))

    def converter(self, model: object) -> FakeConverter:
        self.seen.append(model)
        return FakeConverter(self.content)


def keras_model() -> object:
    kind = type("Model", (), {"__module__": "keras.src.models.model"})
    return type("Functional", (kind,), {"__module__": "keras.src.models.functional"})()


def test_a_keras_model_is_converted_by_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    content = write_bytes(residual())
    fake, model = FakeTensorFlow(content), keras_model()
    monkeypatch.setitem(sys.modules, "tensorflow", fake)
    found = arenafit.inspect_model(model)  # type: ignore[arg-type]  # what Keras models look like, not one
    assert fake.seen == [model]
    assert found.min_arena_bytes == arenafit.inspect_model(content).min_arena_bytes
    monkeypatch.setitem(sys.modules, "tensorflow", None)  # as if it were not installed
    with pytest.raises(RuntimeUnavailableError, match=r"arenafit\[train\]"):
        arenafit.inspect_model(model)  # type: ignore[arg-type]  # as above


def test_every_verb_of_one_model_takes_its_bytes(tmp_path: Path) -> None:
    content = write_bytes(residual())
    assert arenafit.export_model(content, tmp_path / "firmware").model == "model.tflite"
    assert arenafit.whatif_model(content).model == "model.tflite"
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    assert arenafit.plan_model(content, tmp_path / "planned.tflite").document.model == "model.tflite"
    assert arenafit.repair_model(content, tmp_path / "repaired.tflite").model == "model.tflite"
