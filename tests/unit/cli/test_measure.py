import json
import shlex
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

import arenafit
from arenafit.ir import DType
from arenafit.runtime import Measurement, Refusal, RuntimeId, Stage, tflm
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_model, write_bytes
from arenafit.tflm import footprint
from support.cli import invoke, run
from support.hostile import nested_ifs
from support.models import Sketch, conv_chain


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(conv_chain()))
    return path


@pytest.fixture
def wheel() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")


def printed(head: int, tail: int) -> str:
    lines = [
        f"[RecordingMicroAllocator] Arena allocation {name} {size} bytes"
        for name, size in (("total", head + tail), ("head", head), ("tail", tail))
    ]
    return "\n".join([*lines, "[runner] runtime name=fake version=1.0 kernels=reference abi=lp64"])


def fake_runner(tmp_path: Path, text: str, code: int = 0) -> str:
    script = tmp_path / "runner.py"
    script.write_text(f"import sys\nprint({text!r})\nsys.exit({code})\n", encoding="utf-8")
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} {{model}}"


@pytest.mark.usefixtures("wheel")
def test_in_a_process_with_comparison(model: Path) -> None:
    result = run("measure", str(model), "--compare", "--min-arena")
    assert (result.returncode, result.stderr) == (0, "")
    assert "measured on tflite-micro" in result.stdout
    assert "all 22 rows are equal" in result.stdout


@pytest.mark.usefixtures("wheel")
def test_json_holds_measured_and_predicted_apart(model: Path) -> None:
    document = json.loads(invoke("measure", str(model), "--compare", "--json").stdout)
    priced = footprint(read_model(model), WHEEL)
    assert document["figures"] == "measured"
    assert (document["head_bytes"], document["min_arena_bytes"]) == (priced.head_bytes, None)
    assert document["comparison"]["equal"] is True
    assert {row["difference"] for row in document["comparison"]["rows"]} == {0}
    assert len(document["output_digests"][0][0]) == 64


@pytest.mark.usefixtures("wheel")
def test_the_python_api_gives_a_measurement_or_a_refusal(model: Path, tmp_path: Path) -> None:
    assert isinstance(arenafit.measure_model(model), Measurement)
    sketch = Sketch(DType.FLOAT32)
    output = sketch.tensor("output", (1, 4))
    sketch.editor.append_op(sketch.editor.make_op("GELU", (sketch.input(1, 4),), (output,)))
    refused = tmp_path / "refused.tflite"
    refused.write_bytes(write_bytes(sketch.finish(output)))
    assert isinstance(arenafit.measure_model(refused), Refusal)
    result = invoke("measure", str(refused))
    assert result.exit_code == 4
    assert "tflite-micro refuses it (allocate): Didn't find op for builtin opcode 'GELU'" in result.stderr
    assert result.stderr.count("\n") == 1


def test_without_the_wheel_measure_says_so_and_inspect_works(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(tflm, "version", missing)
    result = invoke("measure", str(model))
    assert result.exit_code == 5
    assert "tflite-micro is not installed" in result.stderr
    assert invoke("inspect", str(model)).exit_code == 0


def test_a_runner_that_disagrees_is_a_difference(model: Path, tmp_path: Path) -> None:
    command = fake_runner(tmp_path, printed(head=1024, tail=512))
    result = invoke("measure", str(model), "--compare", "--runner", command, "--target", "wheel")
    priced = footprint(read_model(model), WHEEL).recording
    assert result.exit_code == 11
    assert "rows differ" in result.stdout
    assert f"head was predicted {priced.head_bytes:,}, measured 1,024" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_runner_alone_is_reported(model: Path, tmp_path: Path) -> None:
    command = fake_runner(tmp_path, printed(head=1024, tail=512))
    document = json.loads(invoke("measure", str(model), "--json", "--runner", command).stdout)
    assert (document["total_bytes"], document["comparison"]) == (1536, None)


def test_a_runner_that_breaks_the_protocol_is_named(model: Path, tmp_path: Path) -> None:
    result = invoke("measure", str(model), "--runner", fake_runner(tmp_path, "hello"))
    assert result.exit_code == 5
    assert "printed no arena" in result.stderr


def test_a_runner_must_say_what_it_is_or_be_told(model: Path, tmp_path: Path) -> None:
    text = printed(head=1024, tail=512).rpartition("\n")[0]
    result = invoke("measure", str(model), "--compare", "--runner", fake_runner(tmp_path, text))
    assert result.exit_code == 5
    assert "--target" in result.stderr


@pytest.mark.parametrize("seconds", ["inf", "nan", "1e300"])
def test_a_timeout_that_is_none_is_told(tmp_path: Path, seconds: str) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(conv_chain(layers=1, size=4, channels=2)))
    ended = invoke("measure", str(path), "--timeout", seconds)
    assert ended.exit_code in (2, 13), ended.output


def test_graphs_that_nobody_can_plan_are_refused_before_a_child_starts_unless_a_timeout_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nested.tflite"
    path.write_bytes(write_bytes(nested_ifs(40)))
    asked: list[float] = []

    def measure(_: object, *__: object, timeout_seconds: float, **___: object) -> Refusal:
        asked.append(timeout_seconds)
        return Refusal("", RuntimeId("tflite-micro", "1", "reference", "lp64"), Stage.TIMEOUT, "still running", "")

    monkeypatch.setattr(tflm.TflmRuntime, "measure", measure)
    monkeypatch.setattr(tflm, "tflm_id", lambda: RuntimeId("tflite-micro", "1", "reference", "lp64"))
    told, inspected = invoke("measure", str(path)), invoke("inspect", str(path))
    assert (told.exit_code, told.stderr) == (inspected.exit_code, inspected.stderr)
    assert (told.exit_code, asked) == (4, [])
    assert "nest fewer IFs and WHILEs" in told.stderr
    waited = invoke("measure", str(path), "--timeout", "3")
    assert (waited.exit_code, asked) == (4, [3.0])
    assert "still running" in waited.stderr
