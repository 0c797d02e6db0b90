"""Operands and outputs that nothing computes, places that nothing writes, constants that TFLM resets: told, not run."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from arenafit.ir import DType, Editor, Model
from arenafit.runtime import GeneratedInputs, Outputs, TflmRuntime
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import make_options, write_bytes
from arenafit.validity import Severity, diagnose
from support.cli import invoke
from support.models import empty_model
from support.one_op import const, f32, i8, one_op

_SHAPE = (1, 4)


def unmade_output() -> Model:
    """ABS of the input, and a second output that no operator makes."""
    editor = Editor(empty_model())
    source, made, unmade = (editor.add_tensor(name, DType.FLOAT32, _SHAPE) for name in ("source", "made", "unmade"))
    editor.append_op(editor.make_op("ABS", (source,), (made,), make_options("AbsOptions")))
    editor.set_inputs((source,))
    editor.set_outputs((made, unmade))
    return editor.build()


def view(offset_bytes: int) -> Model:
    """ABS of the input at 0, and NEG of a tensor that nothing computes, which the file's own plan puts somewhere."""
    editor = Editor(empty_model())
    names = ("source", "made", "view", "negated")
    source, made, seen, negated = (editor.add_tensor(name, DType.FLOAT32, _SHAPE) for name in names)
    editor.append_op(editor.make_op("ABS", (source,), (made,), make_options("AbsOptions")))
    editor.append_op(editor.make_op("NEG", (seen,), (negated,), make_options("NegOptions")))
    editor.set_inputs((source,))
    editor.set_outputs((made, negated))
    editor.set_offline_plan({source: 0, made: 16, seen: offset_bytes, negated: 48})
    return editor.build()


def mirror(*, variable: bool) -> Model:
    """MIRROR_PAD whose margins are a constant, or one that is marked as a variable."""
    margins = replace(const([[0, 0], [1, 2]]), is_variable=variable)
    return one_op("MIRROR_PAD", [f32(1, 4), margins], [f32(1, 7)], "MirrorPadOptions", mode=0)


def worst(model: Model) -> tuple[Severity, str, str | None] | None:
    found = diagnose(model, CORTEX_M4)
    return (found[0].severity, found[0].operator, found[0].tensor) if found else None


def test_an_output_that_nothing_computes_is_told_by_name() -> None:
    assert worst(unmade_output()) == (Severity.MISCOMPUTE, "", "unmade")


@pytest.mark.parametrize("offset_bytes", [0, 16, 8, 48])
def test_a_view_of_memory_that_others_write_is_none_of_it(offset_bytes: int) -> None:
    assert worst(view(offset_bytes)) is None


@pytest.mark.parametrize("offset_bytes", [32, 24, 40, 1024])
def test_a_place_in_the_files_own_plan_that_nothing_writes_whole_is_told(offset_bytes: int) -> None:
    assert worst(view(offset_bytes)) == (Severity.MISCOMPUTE, "operator 1 (NEG)", "view")


def test_a_view_does_not_write_what_it_shows() -> None:
    model = view(1024)
    editor = Editor(model)
    other = editor.add_tensor("other", DType.FLOAT32, _SHAPE)
    editor.set_outputs((*model.main.outputs, other))
    editor.set_offline_plan({**(model.offline_plan or {}), other: 1024})
    told = {finding.tensor for finding in diagnose(editor.build(), CORTEX_M4)}
    assert told == {"view", "other"}


def test_a_constant_marked_as_a_variable_is_told_and_tflm_does_lose_it() -> None:
    broken, sound = mirror(variable=True), mirror(variable=False)
    found = worst(broken)
    assert found is not None
    assert found[:2] == (Severity.MISCOMPUTE, "operator 0 (MIRROR_PAD)")
    assert worst(sound) is None
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    lost, meant = (TflmRuntime().run(write_bytes(model), GeneratedInputs(1)) for model in (broken, sound))
    assert isinstance(lost, Outputs)
    assert isinstance(meant, Outputs)
    assert lost.batches[0][0].tobytes() != meant.batches[0][0].tobytes()


@pytest.mark.parametrize(("value", "told"), [(3, False), (0, True)])
def test_a_variable_that_begins_as_tflm_resets_it_is_sound(value: int, told: bool) -> None:
    # Zero point 3: what TFLM sets int8 variables to.
    state = replace(i8(1, 4), data=np.full((1, 4), value, np.int8).tobytes(), is_variable=True)
    model = one_op("ADD", [i8(1, 4), state], [i8(1, 4)], "AddOptions")
    assert (worst(model) is not None) is told


@pytest.mark.parametrize("verb", ["plan", "fit"])
@pytest.mark.parametrize("make", [unmade_output, partial(view, 32), partial(mirror, variable=True)])
def test_verbs_that_write_refuse_it_and_call_it_no_defect_of_theirs(
    verb: str, make: Callable[[], Model], tmp_path: Path
) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(make()))
    ended = invoke(verb, str(path), "-o", str(tmp_path / "out.tflite"))
    assert ended.exit_code == 14
    assert "tensor '" in ended.stderr
    assert not (tmp_path / "out.tflite").exists()
