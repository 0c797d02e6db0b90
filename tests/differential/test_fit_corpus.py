"""`fit` on models of the corpus: verified, never larger than stock, what is predicted is measured, goals are met."""

from pathlib import Path

import pytest

from arenafit.fit import FitResult, Settings, fit_bytes
from arenafit.rewrites.protocol import Validity
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_bytes
from arenafit.tflm import footprint
from support.corpus import corpus_model

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
pytestmark = pytest.mark.corpus

EFFORT = "fast"
# One of each kind: residuals, depthwise chains, 1-D, float in and out, PADs, several inputs, no convolution at all,
# variables, control flow, an offline plan of its own, 16 bits, an operator that fills the model alone.
MODELS = (
    "dev/adi__ds_cnn_s_quantized_model_data",
    "dev/aieq__two_inputs_concatenation",
    "dev/ambiq__har_model_data",
    "dev/jomjol__digit_recognizer_v4_10cls_RGB",
    "dev/jomjol__dig-class100-0170_s1_q",
    "dev/litert__simple_quantized_ops",
    "dev/mlperftiny__kws_ref_model",
    "dev/mlperftiny__pretrainedResnet_quant",
    "dev/mlonmcu__resnet_layer1",
    "dev/mlonmcu__vww_layer3",
    "dev/mww__alexa",
    "dev/silabs__keyword_spotting_alexa.float32",
    "dev/silabs__visual_wake_words",
    "dev/tflm__person_detect",
    "dev/tinymaix__mbnet96_0.25_q",
)


def checked(path: Path, settings: Settings, inputs: int = 12) -> FitResult:
    content = path.read_bytes()
    result = fit_bytes(content, path.name, settings, inputs=inputs)
    assert [(defect.difference, defect.steps) for defect in result.defects] == []
    assert result.verdict.verified
    assert result.verdict.difference is None
    assert result.verdict.inputs == inputs
    fitted = footprint(read_bytes(result.content, "fitted"), WHEEL)
    stock = footprint(read_bytes(content, "stock"), WHEEL)
    assert fitted.min_arena_bytes <= stock.min_arena_bytes
    assert result.verdict.min_arena_bytes == fitted.min_arena_bytes == result.steps[-1].predicted_bytes
    assert result.verdict.total_bytes == fitted.recording.total_bytes
    return result


@pytest.mark.parametrize("name", MODELS)
def test_fitted_models_are_proven_and_never_larger(name: str) -> None:
    result = checked(corpus_model(name), Settings(target=WHEEL, effort=EFFORT))
    assert result.verdict.litert == "equal (its reference kernels)" or result.verdict.litert.startswith(
        "not compared: LiteRT refuses the orig"
    )


@pytest.mark.parametrize("name", ["dev/mlperftiny__pretrainedResnet_quant", "dev/tflm__person_detect"])
def test_models_for_tflm_alone_are_proven(name: str) -> None:
    path = corpus_model(name)
    alone = checked(path, Settings(target=WHEEL, effort=EFFORT, validity=Validity.TFLM))
    assert alone.verdict.litert == "not asked for"


@pytest.mark.parametrize(("name", "most_bytes"), [("case/case_fp32", 137_088), ("case/case_int8", 51_200)])
def test_the_case_model_fits(name: str, most_bytes: int) -> None:
    result = checked(corpus_model(name), Settings(target=WHEEL, effort=20000), inputs=50)
    assert result.verdict.litert == "equal (its reference kernels)"
    assert result.verdict.min_arena_bytes is not None
    assert result.verdict.min_arena_bytes <= most_bytes


def test_the_stated_slowdown_is_kept_and_memory_still_saved() -> None:
    path = corpus_model("dev/tflm__person_detect")
    result = checked(path, Settings(target=WHEEL, effort=EFFORT, max_slowdown=0.1))
    assert result.steps[-1].instructions <= result.steps[0].instructions * 1.1
    assert result.improved


def test_ram_is_met_as_cheaply_as_it_can_be() -> None:
    path = corpus_model("dev/tflm__person_detect")
    result = checked(path, Settings(target=WHEEL, effort=EFFORT, ram_bytes=72 << 10))
    assert result.steps[-1].predicted_bytes <= 72 << 10
    smallest = checked(path, Settings(target=WHEEL, effort=EFFORT))
    assert result.steps[-1].instructions <= smallest.steps[-1].instructions
