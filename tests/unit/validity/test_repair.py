"""`repair` and the comparison of runtimes."""

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arenafit.api.diagnose import measured_findings, refusal_reason
from arenafit.ir import DType, Model
from arenafit.runtime import GeneratedInputs, Outputs, Refusal, TflmRuntime
from arenafit.runtime.agreement import disagreement
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_bytes, write_bytes
from arenafit.validity import diagnose
from arenafit.validity.culprit import culprit
from support.cli import invoke
from support.corpus import corpus_file, corpus_model
from support.rewrite_nets import Net


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


def test_a_dense_layer_over_several_axes_with_a_free_batch_is_repaired(tmp_path: Path) -> None:
    file, output = tmp_path / "dense.tflite", tmp_path / "repaired.tflite"
    file.write_bytes(write_bytes(_dense_over_axes()))
    refused = invoke("inspect", str(file))
    assert refused.exit_code == 14
    assert "operator 1 (GATHER)" in refused.stderr
    assert "convert with fixed shapes, or run `arenafit repair`" in refused.stderr
    result = invoke("repair", str(file), "-o", str(output))
    assert result.exit_code == 0, result.stderr
    repaired = read_bytes(output.read_bytes(), "repaired").main
    assert [op.name for op in repaired.ops] == ["RESHAPE", "FULLY_CONNECTED", "RESHAPE", "ADD"]
    assert [repaired.outputs_of(op)[0].shape for op in repaired.ops] == [(3, 4), (3, 2), (1, 3, 2), (1, 3, 2)]


def _dense_over_axes() -> Model:
    """Keras' Dense over (batch, 3, 4) and a state of zeros, as converters write both while the batch is free."""
    net = Net(DType.FLOAT32, 1)
    source = net.input(1, 3, 4)
    shape = net.op("SHAPE", (source,), (3,), kind="ShapeOptions", dtype=DType.INT32, out_type=2)
    kept = net.op("GATHER", (shape, net.ints(0, 1)), (2,), kind="GatherOptions", dtype=DType.INT32)
    rows = net.op("REDUCE_PROD", (kept, net.ints(0)), (1,), kind="ReducerOptions", dtype=DType.INT32, keep_dims=True)
    flat = net.op("CONCATENATION", (rows, net.ints(4)), (2,), kind="ConcatenationOptions", dtype=DType.INT32, axis=0)
    dense = net.dense(net.op("RESHAPE", (source, flat), (1, 4), kind="ReshapeOptions"), 2)
    wanted = net.op("CONCATENATION", (kept, net.ints(2)), (3,), kind="ConcatenationOptions", dtype=DType.INT32, axis=0)
    made = net.op("RESHAPE", (dense, wanted), (1, 3, 2), kind="ReshapeOptions")
    zero = net.editor.add_constant("zero", np.zeros((), np.float32))
    state = net.op("FILL", (wanted, zero), (1, 3, 2), kind="FillOptions")
    model = net.finish(net.op("ADD", (made, state), (1, 3, 2), kind="AddOptions"))
    ops = tuple(replace(op, code=replace(op.code, version=1)) for op in model.main.ops)
    return replace(model, graphs=(replace(model.main, ops=ops),))


def test_no_repair_is_named_for_a_size_that_changes_while_the_model_runs() -> None:
    net = Net(DType.FLOAT32, 1)
    rows = net.op("CAST", (net.input(2),), (2,), kind="CastOptions", dtype=DType.INT32)
    part = net.op("SLICE", (net.input(3, 2), net.ints(0, 0), rows), (1, 1), kind="SliceOptions")
    joined = net.op("CONCATENATION", (part, net.input(1, 2)), (3, 2), kind="ConcatenationOptions", axis=0)
    (found,) = [item for item in diagnose(net.finish(joined), WHEEL) if item.kind == "shape"]
    assert "unroll=True" in found.advice
    assert "repair" not in found.advice
