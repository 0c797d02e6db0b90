import hashlib
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from arenafit.errors import DataError, ModelFormatError, RunnerError
from arenafit.runtime import (
    CommandRunner,
    GeneratedInputs,
    Measurement,
    Outputs,
    Record,
    Refusal,
    RuntimeId,
    Stage,
    TensorDetails,
    TflmRuntime,
    first_difference,
)
from arenafit.runtime.inputs import FramedInputs
from support.processes import is_waited_at, made_pipe, wait_until

if TYPE_CHECKING:
    from arenafit.runtime.types import Array

ROOT = Path(__file__).parents[3]
TOTALS = """\
[RecordingMicroAllocator] Arena allocation total 300 bytes
[RecordingMicroAllocator] Arena allocation head 200 bytes
[RecordingMicroAllocator] Arena allocation tail 100 bytes
[RecordingMicroAllocator] 'NodeAndRegistration struct' used 64 bytes with alignment overhead (requested 60 bytes for 2 NodeAndRegistration structs)
"""  # noqa: E501 - as TFLM prints it


def runner(directory: Path, code: str, placeholders: str = "{model} {inputs} {outputs}") -> CommandRunner:
    script = directory / "runner.py"
    script.write_text(f"import os, sys\nTOTALS = {TOTALS!r}\n{code}\n", encoding="utf-8")
    return CommandRunner(f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} {placeholders}")


def test_the_arena_is_read_from_what_the_command_prints(tmp_path: Path) -> None:
    measurement = runner(tmp_path, "print('boot'); print(TOTALS, file=sys.stderr)").measure(b"model")

    assert isinstance(measurement, Measurement)
    assert (measurement.total_bytes, measurement.head_bytes, measurement.tail_bytes) == (300, 200, 100)
    assert measurement.record("NodeAndRegistration struct") == Record("NodeAndRegistration struct", 64, 60, 2)
    assert measurement.record("Operator runtime data").used_bytes == 0
    assert measurement.model_sha256 == hashlib.sha256(b"model").hexdigest()
    assert measurement.digests == ()
    assert measurement.min_arena_bytes is None


def test_the_optional_lines_are_read(tmp_path: Path) -> None:
    code = """
print(TOTALS)
print("[runner] runtime name=tflm version=90b983c2 kernels=cmsis-nn abi=ilp32")
print("12:00 [runner] input 0 int8 1x4 the input")
print("[runner] output 1 float32 scalar")
print("[runner] output 0 int8 1x2")
print("[runner] digest 0 0", "a" * 64)
print("[runner] digest 0 1", "b" * 64)
print("[runner] min_arena 320")
"""
    measurement = runner(tmp_path, code).measure(b"model")

    assert isinstance(measurement, Measurement)
    assert measurement.runtime == RuntimeId("tflm", "90b983c2", "cmsis-nn", "ilp32")
    assert measurement.inputs == (TensorDetails("the input", (1, 4), "int8"),)
    assert measurement.outputs == (TensorDetails("", (1, 2), "int8"), TensorDetails("", (), "float32"))
    assert measurement.digests == (("a" * 64, "b" * 64),)
    assert measurement.min_arena_bytes == 320


def test_inputs_are_written_and_outputs_read_as_the_page_says(tmp_path: Path) -> None:
    code = """
data = open(sys.argv[2], "rb").read()
assert data == bytes([1, 2, 255, 255, 3, 4, 1, 0]), data
open(sys.argv[3], "wb").write(data[2:4] + b"\\1" + data[6:8] + b"\\0")
print("[runner] output 0 int16 1")
print("[runner] output 1 bool scalar")
"""
    batches: list[list[Array]] = [
        [np.array([1, 2], np.uint8), np.array(-1, np.int16)],
        [np.array([3, 4], np.uint8), np.array(1, ">i2")],
    ]
    outputs = runner(tmp_path, code).run(b"model", batches)

    assert isinstance(outputs, Outputs)
    assert [(int(number[0]), bool(flag)) for number, flag in outputs.batches] == [(-1, True), (1, False)]
    assert outputs.batches[0][0].dtype == np.int16


def test_inputs_that_stay_for_a_frame_are_written_for_each_invocation(tmp_path: Path) -> None:
    code = f"print(TOTALS); open({str(tmp_path / 'seen')!r}, 'wb').write(open(sys.argv[2], 'rb').read())"
    rows, once, none = (np.array(values, np.int8) for values in ([1, 2], [7, 8, 9], []))
    runner(tmp_path, code).measure(b"model", inputs=FramedInputs([(rows, once), (rows + 2, none)], 2))
    assert list((tmp_path / "seen").read_bytes()) == [1, 2, 7, 8, 9, 3, 4, 7, 8, 9]


def test_known_inputs_allow_to_generate_them(tmp_path: Path) -> None:
    code = "print(TOTALS); print('bytes read:', os.path.getsize(sys.argv[2]))"
    known = runner(tmp_path, code)
    known._inputs = [TensorDetails("x", (2, 5), "int8")]

    answer = known.measure(b"model", inputs=GeneratedInputs(3))

    assert isinstance(answer, Measurement)
    assert "bytes read: 30" in answer.log


@pytest.mark.parametrize(
    ("code", "stage", "reason"),
    [
        ("print('[runner] refused load not a flatbuffer')", Stage.LOAD, "not a flatbuffer"),
        ("print('Needs 5 bytes'); sys.exit(3)", Stage.ALLOCATE, "the runner exited with code 3: Needs 5 bytes"),
        ("print('Node X (number 0) failed to invoke'); sys.exit(1)", Stage.INVOKE, "X (number 0) failed to invoke"),
        ("print('half way', flush=True); os.abort()", Stage.CRASH, "aborted in the runner; last words: half way"),
        ("print(TOTALS); sys.exit(1)", Stage.ALLOCATE, "nothing was printed"),
    ],
)  # fmt: skip
def test_a_model_the_command_refuses_is_a_refusal(tmp_path: Path, code: str, stage: Stage, reason: str) -> None:
    refusal = runner(tmp_path, code).measure(b"model")

    assert isinstance(refusal, Refusal)
    assert refusal.stage is stage
    assert reason in refusal.reason


def test_a_command_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    pipe = made_pipe(tmp_path / "pipe")
    code = f"os.fork(); os.open({str(pipe)!r}, os.O_RDONLY)"

    refusal = runner(tmp_path, code).measure(b"model", timeout_seconds=2)

    assert isinstance(refusal, Refusal)
    assert refusal.stage is Stage.TIMEOUT
    assert "after 2 s" in refusal.reason
    wait_until(lambda: not is_waited_at(pipe))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("pass", "it said nothing"),
        ("print('hello')", "it said: hello"),
        ("print(TOTALS); print('[runner] ouptut 0 int8 1')", "unknown key 'ouptut'"),
        ("print(TOTALS); print('[runner] output 0 int7 1')", "int7"),
        ("print(TOTALS); print('[runner] output 1 int8 1')", "count from 0 without gaps"),
        ("print(TOTALS); print('[runner] output x')", "line 6"),
        ("print(TOTALS); print('[runner] digest 0 0 abc')", "64 lower-case"),
        ("print(TOTALS); print('[runner] digest 1 0', 'a' * 64)", "leave gaps"),
        ("print(TOTALS); print('[runner] min_arena many')", "many"),
        ("print('[runner] refused maybe')", "maybe"),
        ("print('[runner] runtime colour=red')", "unknown colour"),
        ("sys.stdout.buffer.write(bytes(range(256)) * 1000)", "printed no arena"),
        ("print(TOTALS); print('[runner] output 0 int8 4'); open(sys.argv[3], 'wb').write(b'123')", "holds 3 bytes; 1"),
    ],
)
def test_a_broken_protocol_is_an_error_that_says_what_is_wrong(tmp_path: Path, code: str, words: str) -> None:
    with pytest.raises(RunnerError, match=re.escape(words)):
        runner(tmp_path, code).measure(b"model")


def test_running_needs_outputs(tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match=r"needs \{inputs\} and \{outputs\}"):
        runner(tmp_path, "pass", "{model}").run(b"model", [])
    with pytest.raises(RunnerError, match=r"no '\[runner\] output' lines"):
        runner(tmp_path, "pass").run(b"model", [])
    with pytest.raises(RunnerError, match="wrote no outputs file"):
        runner(tmp_path, "print('[runner] output 0 int8 4')").run(b"model", [[np.zeros(1, np.int8)]])


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", "no {model}"),
        ("measure-it", "no {model}"),
        ("{model}", "no {model} among its arguments"),
        ("measure 'it {model}", "cannot be split"),
    ],
)
def test_a_command_that_cannot_work_is_told_at_once(command: str, words: str) -> None:
    with pytest.raises(RunnerError, match=re.escape(words)):
        CommandRunner(command)


def test_a_command_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    plain = tmp_path / "plain.txt"
    plain.write_text("not a program", encoding="utf-8")
    for command in ("no-such-command-anywhere", str(plain), str(tmp_path), "sh -c 'exit 127'"):
        with pytest.raises(RunnerError, match="cannot be run"):
            CommandRunner(f"{command} {{model}}").measure(b"model")


def test_a_model_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match="No such file"):
        runner(tmp_path, "pass").measure(tmp_path / "none.tflite")
    with pytest.raises(ModelFormatError, match="Is a directory"):
        runner(tmp_path, "pass").measure(tmp_path)


@pytest.mark.parametrize("name", ["small/mobile_int8", "small/streaming_fp32"])
def test_the_pages_worked_example_agrees_with_the_wheel(tmp_path: Path, name: str) -> None:
    pytest.importorskip("tflite_micro", reason="the worked example runs the tflite-micro wheel")
    page = (ROOT / "docs" / "runners.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    model, wheel = ROOT / "examples" / f"{name}.tflite", TflmRuntime()
    measured = wheel.measure(model)
    assert isinstance(measured, Measurement)
    example = runner(tmp_path, found[1])
    example._inputs = measured.inputs

    seen, ours = example.measure(model), example.run(model, GeneratedInputs(3))
    theirs = wheel.run(model, GeneratedInputs(3))

    assert isinstance(seen, Measurement)
    assert (seen.head_bytes, seen.tail_bytes, seen.records) == (
        measured.head_bytes,
        measured.tail_bytes,
        measured.records,
    )
    assert seen.digests == measured.digests
    assert isinstance(ours, Outputs)
    assert isinstance(theirs, Outputs)
    assert first_difference(theirs, ours) is None


def test_inputs_of_the_wrong_shape_are_the_callers_error() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel")
    model = ROOT / "examples" / "small" / "mobile_int8.tflite"

    with pytest.raises(DataError, match="Dimension mismatch"):
        TflmRuntime().run(model, [[np.zeros((1, 2), np.int8)]])
    with pytest.raises(DataError, match="the model has 1 inputs"):
        TflmRuntime().run(model, [[np.zeros(1), np.zeros(1)]])
