"""Inputs that the plan in the file puts over each other: values of one replace the other's; told, repaired."""

from dataclasses import replace
from pathlib import Path

import pytest

from arenafit.ir import DType, Editor, Model
from arenafit.targets.target import WHEEL
from arenafit.tflite import make_options, read_bytes, write_bytes
from arenafit.validity import diagnose
from support.cli import invoke
from support.models import empty_model


def two_inputs(*, first: int, second: int, read: bool = True) -> Model:
    """SUB of two inputs of 64 bytes at these offsets; unless `read`, of the first and itself."""
    editor = Editor(empty_model())
    one, other, result = (editor.add_tensor(name, DType.FLOAT32, (1, 16)) for name in ("one", "other", "result"))
    operands = (one, other if read else one)
    editor.append_op(editor.make_op("SUB", operands, (result,), make_options("SubOptions")))
    editor.set_inputs((one, other))
    editor.set_outputs((result,))
    return replace(editor.build(), offline_plan={one: first, other: second, result: 256})


@pytest.mark.parametrize(
    ("first", "second", "read", "told"),
    [(0, 64, True, False), (64, 0, True, False), (0, 48, True, True), (48, 0, True, True), (0, 0, False, False)],
)
def test_inputs_over_each_other_are_told(first: int, second: int, *, read: bool, told: bool) -> None:
    model = two_inputs(first=first, second=second, read=read)
    assert any("over each other" in finding.clause for finding in diagnose(model, WHEEL)) == told


def test_repair_removes_such_a_plan(tmp_path: Path) -> None:
    source, output = tmp_path / "model.tflite", tmp_path / "repaired.tflite"
    source.write_bytes(write_bytes(two_inputs(first=0, second=48)))
    refused = invoke("plan", str(source), "-o", str(tmp_path / "planned.tflite"))
    assert refused.exit_code == 14
    assert "puts the inputs 'one' and 'other' over each other" in refused.output
    done = invoke("repair", str(source), "-o", str(output))
    assert done.exit_code == 0, done.output
    assert read_bytes(output.read_bytes(), "repaired").offline_plan is None
