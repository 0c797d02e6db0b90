"""Mutated models under the verbs: an answer or a refusal in one line, whatever the file holds.

`benchmarks/fuzz.py` runs many more, and `fit` and `plan`.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arenafit.ir import DType, Editor
from arenafit.tflite import make_options, write_bytes
from support.fuzzing import SMALL_FILES, VERBS, mutant, run
from support.models import empty_model

_COUNT = max(27, int(os.environ.get("ARENAFIT_EXAMPLES", "60")) // 2)


def test_mutated_models_are_answered_or_refused(tmp_path: Path) -> None:
    ended = []
    for seed in range(_COUNT):
        name, data = mutant(seed, SMALL_FILES)
        ended += [(seed, name, verb, run(verb, seed, data, data, folder=tmp_path)) for verb in VERBS]

    assert [found for found in ended if found[3].wrong] == []
    # A run in which everything or nothing is refused would prove little.
    codes = {found[3].code for found in ended}
    assert {0, 3, 14} <= codes


@pytest.mark.parametrize("verb", ["diff", "overlay", "whatif", "explain"])
def test_verbs_beside_them_do_the_same(verb: str, tmp_path: Path) -> None:
    files = [(seed, *mutant(seed, SMALL_FILES)) for seed in range(_COUNT)]
    ended = [(seed, name, run(verb, seed, data, SMALL_FILES[name](), folder=tmp_path)) for seed, name, data in files]

    assert [found for found in ended if found[2].wrong] == []
    assert len({found[2].code for found in ended}) > 1


@pytest.mark.parametrize("verb", ["repair", "quantize", "prune", "measure"])
def test_verbs_that_run_models_do_the_same(verb: str, tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    files = [(seed, *mutant(seed, SMALL_FILES)) for seed in range(max(9, _COUNT // 3))]
    ended = [(seed, name, run(verb, seed, data, SMALL_FILES[name](), folder=tmp_path)) for seed, name, data in files]

    assert [found for found in ended if found[2].wrong] == []
    assert len({found[2].code for found in ended}) > 1


def test_a_run_that_goes_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("odd")

    monkeypatch.setattr("arenafit.cli.overlay.overlay_model", broken)
    (name, make), *_ = SMALL_FILES.items()

    assert name
    assert "exit 70" in run("overlay", 1, make(), make(), folder=tmp_path / "other").wrong[0]


def test_repair_of_a_constant_of_more_dimensions_than_arrays_have_says_so(tmp_path: Path) -> None:
    editor = Editor(empty_model())
    source, output = (editor.add_tensor(name, DType.FLOAT32, (1, 4)) for name in ("source", "output"))
    stored = editor.add_constant("stored", np.ones((1, 4), np.float32))
    editor.update_tensor(replace(editor.build().main.tensor(stored), shape=(*(1,) * 72, 4)))
    editor.append_op(editor.make_op("MUL", (source, stored), (output,), make_options("MulOptions")))
    editor.set_inputs((source,))
    editor.set_outputs((output,))
    content = write_bytes(editor.build())

    ended = run("repair", 1, content, content, folder=tmp_path)
    assert (ended.code, ended.wrong) == (4, ())
