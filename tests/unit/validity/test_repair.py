"""`repair` and the comparison of runtimes."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from arenafit.api.diagnose import measured_findings, refusal_reason
from arenafit.runtime import GeneratedInputs, Outputs, Refusal, TflmRuntime
from arenafit.runtime.agreement import disagreement
from arenafit.tflite import read_bytes
from arenafit.validity.culprit import culprit
from support.cli import invoke
from support.corpus import corpus_file, corpus_model


@pytest.mark.corpus
def test_an_unknown_batch_is_repaired_and_proved(tmp_path: Path) -> None:
    file = corpus_file("cases/dilated_conv1d_batch_unknown.tflite")
    output = tmp_path / "repaired.tflite"
    result = invoke("repair", str(file), "-o", str(output))
    assert result.exit_code == 0, result.stderr
    assert "3 operators evaluated (PACK, SHAPE, STRIDED_SLICE)" in result.stdout
    assert "[1, 10, 2] -> [2, 10, 2]" in result.stdout
    names = [op.name for op in read_bytes(output.read_bytes(), "repaired").main.ops]
    assert names == [
        "SPACE_TO_BATCH_ND", "EXPAND_DIMS", "CONV_2D", "RESHAPE", "BATCH_TO_SPACE_ND", "RESHAPE", "FULLY_CONNECTED",
    ]  # fmt: skip
    found = TflmRuntime().run(output, GeneratedInputs(2))
    assert isinstance(found, Outputs)
    assert all(np.isfinite(array).all() for batch in found.batches for array in batch)
    assert invoke("inspect", str(output)).exit_code == 0


@pytest.mark.corpus
def test_what_no_shape_mends_is_not_written(tmp_path: Path) -> None:
    result = invoke("repair", str(corpus_file("cases/dense_f16.tflite")), "-o", str(tmp_path / "out.tflite"))
    assert result.exit_code == 14
    assert not list(tmp_path.iterdir())


@pytest.mark.corpus
def test_a_gross_difference_is_said_first() -> None:
    found = measured_findings(corpus_file("cases/dilated_conv1d_batch_unknown.tflite"))
    assert (found[0].kind, found[0].stops) == ("disagreement", True)
    assert "8 of 8 elements are NaN in only one" in found[0].clause


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["dev/tflm__hello_world_int8", "dev/mlperftiny__pretrainedResnet_quant"])
def test_rounding_is_no_gross_difference(name: str) -> None:
    assert disagreement(corpus_model(name).read_bytes()) is None


@pytest.mark.corpus
def test_the_operator_that_ends_the_process_is_named() -> None:
    file = corpus_file("cases/softmax_untrained_i8.tflite")
    found = culprit(read_bytes(file.read_bytes(), file.name))
    assert found is not None
    assert found.name == "operator 1 (SOFTMAX)"
    refusal = TflmRuntime().measure(file)
    assert isinstance(refusal, Refusal)
    assert "operator 1 (SOFTMAX)" in refusal_reason(file, refusal)


@pytest.mark.corpus
@pytest.mark.parametrize("verb", ["fit", "plan", "repair"])
def test_files_behind_the_model_are_kept(verb: str, tmp_path: Path) -> None:
    file = corpus_file("cases/with_appended_labels.tflite")
    output = tmp_path / "out.tflite"
    effort = {"fit": ["--effort", "fast"], "plan": ["--effort", "fast"], "repair": []}[verb]
    result = invoke(verb, str(file), "-o", str(output), *effort)
    assert result.exit_code == 0, result.stderr
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(output) as after:
        assert after.namelist() == before.namelist() == ["labels.txt"]
        assert after.read("labels.txt") == before.read("labels.txt")
    assert read_bytes(output.read_bytes(), "out").main.ops
