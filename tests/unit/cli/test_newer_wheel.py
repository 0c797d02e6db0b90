"""A tflite-micro wheel newer than all that were tested: what differs there is a warning and no defect."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from arenafit.runtime import Measurement
from arenafit.runtime.tflm import TflmRuntime
from arenafit.targets.releases import untested_wheel, wheels
from arenafit.tflite import write_bytes
from support.cli import invoke
from support.models import conv_chain

TESTED = wheels()[-1].version
NEWER = "0.dev20991231000000"


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(conv_chain(layers=1, size=6, channels=2)))
    return path


def one_byte_more(version: str) -> Any:
    genuine = TflmRuntime.measure

    def measured(runtime: TflmRuntime, content: bytes, **options: Any) -> Any:
        found = genuine(runtime, content, **options)
        assert isinstance(found, Measurement)
        assert found.total_bytes is not None
        named = replace(found.runtime, version=version)
        return replace(found, runtime=named, total_bytes=found.total_bytes + 1)

    return measured


@pytest.mark.parametrize(("version", "code"), [(NEWER, 0), (TESTED, 11)])
def test_a_difference_is_a_defect_on_a_tested_wheel_alone(
    model: Path, monkeypatch: pytest.MonkeyPatch, version: str, code: int
) -> None:
    monkeypatch.setattr(TflmRuntime, "measure", one_byte_more(version))
    result = invoke("measure", str(model), "--compare")
    assert result.exit_code == code
    assert ("warning" in result.stderr) is (version == NEWER)


@pytest.mark.parametrize(("version", "code"), [(NEWER, 0), (TESTED, 7)])
def test_a_check_fails_on_a_tested_wheel_alone(
    model: Path, monkeypatch: pytest.MonkeyPatch, version: str, code: int
) -> None:
    monkeypatch.setattr(TflmRuntime, "measure", one_byte_more(version))
    result = invoke("check", str(model), "--arena", "1M", "--measure")
    assert result.exit_code == code
    assert ("newest that this arenafit was tested with" in " ".join(result.stdout.split())) is (version == NEWER)


def test_which_wheels_are_newer() -> None:
    assert untested_wheel(TESTED) is None
    assert untested_wheel(wheels()[0].version) is None
    assert untested_wheel("1.0") is None  # no wheel: another runtime's own version
    assert NEWER in (untested_wheel(NEWER) or "")
