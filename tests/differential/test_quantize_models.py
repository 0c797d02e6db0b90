"""Quantised models in the real TFLM: none that we write is refused, and what they compute is near the float model."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from arenafit.accuracy.execution import Execution, execute
from arenafit.accuracy.intervals import mcnemar
from arenafit.accuracy.precision import Precision
from arenafit.accuracy.samples import Samples, input_ports
from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Model
from arenafit.quantize import (
    Quantised,
    QuantizeRecipe,
    Request,
    Style,
    load_calibration,
    load_evaluation,
    prepare,
    quantize,
    strip_io,
)
from arenafit.quantize.build import calibrated, uniform
from arenafit.quantize.trials import Trial, TrialRunner
from arenafit.runtime import TflmPool
from arenafit.tflite import read_model
from support.cli import run
from support.corpus import corpus_index, corpus_model, corpus_models
from support.small_models import call_once

pytest.importorskip("litert_quantizer", reason="needs the extra quantize")

EXAMPLES = Path(__file__).parents[2] / "examples"
SMALL = EXAMPLES / "small"
# 40 MB of arena and minutes per invocation: not for a test.
_TOO_LARGE = ("litert__torchaudio_conformer",)
# Float models that cannot be quantised, and the reason given.
NOT_QUANTISABLE = {
    "litert__multi_subgraphs_while": "WHILE: the tensors of its body are not calibrated",
    "litert__nested_while": "WHILE: the tensors of its body are not calibrated",
    "litert__simple_ceil_op": "TFLM has no int8 kernel for CEIL",
    "litert__simple_floor_op": "TFLM has no int8 kernel for FLOOR",
    "litert__test_min_runtime": "has no elements",
}
# Below this an output is no longer the model's; random data are not kind, a real model stays above.
LEAST_SQNR_DB = 15.0
# Random denominators around zero have no range to speak of.
_ILL_CONDITIONED = ("aieq__single_div",)


@pytest.fixture(scope="module")
def runtime() -> Iterator[TflmPool]:
    with TflmPool(1) as pool:
        yield pool


def plausible(model: Model, count: int = 8) -> Samples:
    """Return normally distributed floats, and 0 or 1 for other types."""
    rng = np.random.default_rng(0)
    arrays = []
    for port in input_ports(model):
        shape = (count, *port.shape)
        floats = rng.normal(size=shape).astype(np.float32)
        arrays.append(floats if port.dtype is DType.FLOAT32 else rng.integers(0, 2, shape).astype(port.dtype.numpy))
    return Samples(tuple(arrays), (None,) * len(model.main.outputs), "plausible")


# TFLM refuses these as they are, for their float16 or hybrid weights; written out and quantised they run.
REDUCED = (
    "litert__test_model_redux_precision",
    "mediapipe__face_detection_short_range",
    "mlonmcu__CNN_2L_model_quantized",
    "mlperftiny__kws_ref_model_float32",
    "mlperftiny__model_ToyCar_quant",
    "silabs__keyword_spotting_heygecko.float32",
)


def tried(model: Model, samples: Samples, precision: Precision, runtime: TflmPool) -> Trial:
    bench = TrialRunner(calibrated(prepare(model).model, samples), runtime, samples)
    return bench.try_out(uniform(bench.source, precision))


@corpus_models("dev")
def test_every_float_model_is_quantised_or_refused_with_a_reason(path: Path, runtime: TflmPool) -> None:
    if corpus_index()[f"dev/{path.stem}"]["dtype"] != "float32" or path.stem in _TOO_LARGE:
        pytest.skip("not a float model, or too large for a test")
    model = read_model(path)
    samples = plausible(model)
    if path.stem in NOT_QUANTISABLE:
        with pytest.raises(UnsupportedModelError, match=NOT_QUANTISABLE[path.stem]):
            tried(model, samples, Precision.INT8, runtime)
        return
    # A refusal by TFLM would raise.
    trial = tried(model, samples, Precision.INT8, runtime)
    if path.stem not in _ILL_CONDITIONED:
        assert all(score.sqnr_db > LEAST_SQNR_DB for score in trial.scores)


@pytest.mark.corpus
@pytest.mark.parametrize("name", REDUCED)
def test_models_with_reduced_weights_come_to_run(name: str, runtime: TflmPool) -> None:
    model = read_model(corpus_model(f"refused/{name}"))
    trial = tried(model, plausible(model), Precision.INT8, runtime)
    assert trial.execution.measurement.total_bytes is not None
    # Random images are far from faces, and the detector's regressions small: it is asked for less than the others.
    least = 8.0 if name.startswith("mediapipe") else LEAST_SQNR_DB
    assert all(score.sqnr_db > least for score in trial.scores)


@corpus_models("dev")
def test_stripped_ends_compute_the_same(path: Path, runtime: TflmPool) -> None:
    if corpus_index()[f"dev/{path.stem}"]["dtype"] != "int8+float-io":
        pytest.skip("not a quantised model with float ends")
    model = read_model(path)
    stripped = strip_io(model)
    # An output that is computed in float (by a LOG_SOFTMAX, in one model) stays float.
    converted = [model.main.producers[end].name == "DEQUANTIZE" for end in model.main.outputs]
    outputs = [end for end, is_it in zip(stripped.main.outputs, converted, strict=True) if is_it]
    assert {stripped.tensors[end].dtype for end in (*stripped.main.inputs, *outputs)} <= {DType.INT8, DType.UINT8}
    samples = plausible(model, 4)
    before, after = execute(runtime, model, samples), execute(runtime, stripped, samples)
    assert isinstance(before, Execution)
    assert isinstance(after, Execution)
    for first, second in zip(before.outputs, after.outputs, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-6)
    assert (after.measurement.total_bytes or 0) < (before.measurement.total_bytes or 0)


@cache
def quantised_example(name: str, recipe: QuantizeRecipe, max_drop: float | None = None) -> Quantised:
    """Quantise an example with its own data, without the other recipes."""
    folder, prefix = (EXAMPLES / name, "") if (EXAMPLES / name).is_dir() else (SMALL, f"{name}_")
    model = read_model(folder / f"{name}_fp32.tflite")
    calibration = load_calibration(str(folder / f"{prefix}calibration.npz"), model)
    evaluation = load_evaluation(str(folder / f"{prefix}evaluation.npz"), model)
    with TflmPool(1) as pool:
        return quantize(model, calibration, evaluation, pool, Request(recipe, max_drop=max_drop, compare=False))


@pytest.mark.slow
def test_the_spectrogram_loses_no_more_than_with_tensorflows_converter(runtime: TflmPool) -> None:
    ours = quantised_example("spectrogram", QuantizeRecipe.INT8)
    theirs = read_model(EXAMPLES / "spectrogram" / "spectrogram_int8_tensorflow.tflite")
    assert ours.evaluation is not None
    other = execute(runtime, theirs, ours.evaluation)
    assert isinstance(other, Execution)
    assert other.measurement.total_bytes is not None
    assert ours.chosen.arena_bytes <= other.measurement.total_bytes
    labels = ours.evaluation.labels[0]
    assert labels is not None
    right, right_theirs = (
        found.outputs[0].reshape(len(labels), -1).argmax(axis=1) == labels for found in (ours.chosen.execution, other)
    )
    won, lost = int((right & ~right_theirs).sum()), int((right_theirs & ~right).sum())
    # Not worse: either more right, or a difference that chance explains.
    assert won >= lost or mcnemar(won, lost) > 0.05
    (scores,) = ours.chosen.scores
    assert scores.classes is not None
    assert scores.classes.change.holds_zero


@pytest.mark.slow
def test_mixed_recovers_most_of_what_int8_loses_on_the_denoiser() -> None:
    int8, mixed, int16 = (
        quantised_example("denoiser", recipe, max_drop).chosen
        for recipe, max_drop in (
            (QuantizeRecipe.INT8, None),
            (QuantizeRecipe.MIXED, 0.5),
            (QuantizeRecipe.INT16X8, None),
        )
    )
    assert int8.drop > 2.0
    assert mixed.drop < int8.drop / 8
    assert int8.arena_bytes < mixed.arena_bytes < int16.arena_bytes


def test_a_streaming_model_keeps_its_state_in_int8(runtime: TflmPool) -> None:
    model = read_model(SMALL / "streaming_fp32.tflite")
    trial = tried(model, plausible(model, 24), Precision.INT8, runtime)
    built = trial.built.model
    assert not any(tensor.dtype is DType.FLOAT32 for tensor in built.all_tensors())
    assert not any(op.name in ("QUANTIZE", "DEQUANTIZE") for op in built.main.ops)
    assert trial.scores[0].sqnr_db > 30.0


@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT16])
def test_an_initial_value_is_stored_as_its_variable(precision: Precision, runtime: TflmPool) -> None:
    model = call_once()
    trial = tried(model, plausible(model, 12), precision, runtime)
    # The sum begins at 0.5 and carries each rounding on.
    assert trial.scores[0].sqnr_db > 25.0


@pytest.mark.parametrize("name", ["mobile", "motion", "streaming"])
@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT16])
def test_a_float_boundary_computes_the_same(name: str, precision: Precision, runtime: TflmPool) -> None:
    model = read_model(SMALL / f"{name}_fp32.tflite")
    samples = plausible(model)
    source = calibrated(model, samples)
    wanted = uniform(source, precision)
    plain = TrialRunner(source, runtime, samples).try_out(wanted)
    comfortable = TrialRunner(source, runtime, samples, style=Style(float_io=True)).try_out(wanted)
    ends = (*comfortable.built.model.main.inputs, *comfortable.built.model.main.outputs)
    assert {comfortable.built.model.tensors[end].dtype for end in ends} == {DType.FLOAT32}
    for first, second in zip(plain.execution.outputs, comfortable.execution.outputs, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-6)


def test_the_command_writes_a_model_and_a_document(tmp_path: Path) -> None:
    out = tmp_path / "motion.tflite"
    data = str(SMALL / "motion_calibration.npz")
    done = run("quantize", str(SMALL / "motion_fp32.tflite"), "--data", data, "-o", str(out), "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["document"] == "arenafit.quantize"
    assert [row["recipe"] for row in document["recipes"]] == ["int8", "int16x8"]
    assert document["recipes"][0]["model_bytes"] == out.stat().st_size
    assert [side["dtype"] for side in document["boundary"]] == ["int8"] * 4
    assert done.stderr == ""


def test_the_command_shows_a_table(tmp_path: Path) -> None:
    data = str(SMALL / "motion_calibration.npz")
    done = run(
        "quantize", str(SMALL / "motion_fp32.tflite"), "--data", data, "-o", str(tmp_path / "m.tflite"), "--only"
    )
    assert done.returncode == 0, done.stderr
    assert "int8" in done.stdout
    assert "int16x8" not in done.stdout
    assert "write 'serving_default_acceleration:0' as int8: round(x / " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["--data", "nowhere.npz"], 9, "there is no such file"),
        (["--data", str(SMALL / "denoiser_calibration.npz")], 9, "no array for input"),
        (["--data", str(SMALL / "motion_calibration.npz"), "--ram", "1K"], 7, "1,024 are allowed"),
        (["--data", str(SMALL / "motion_calibration.npz"), "--max-drop", "much"], 1, "'much' is no loss"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_writes_nothing(
    tmp_path: Path, arguments: list[str], code: int, complaint: str
) -> None:
    out = tmp_path / "out.tflite"
    done = run("quantize", str(SMALL / "motion_fp32.tflite"), *arguments, "-o", str(out))
    assert done.returncode == code
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
    assert not out.exists()


def test_a_quantised_model_is_not_quantised_again(tmp_path: Path) -> None:
    done = run("quantize", str(SMALL / "mobile_int8.tflite"), "--data", "none", "-o", str(tmp_path / "out.tflite"))
    assert done.returncode == UnsupportedModelError.exit_code
    assert "is quantised already" in done.stderr
