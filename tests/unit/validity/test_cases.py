"""Models that TFLM refuses, or computes wrongly: each is named, with what to do, by every verb alike."""

from pathlib import Path

import pytest

from arenafit.targets.choice import find_target
from arenafit.tflite import read_bytes, read_file
from arenafit.validity import Severity, diagnose
from support.cli import invoke
from support.corpus import corpus_file

R, M, W = Severity.REFUSE, Severity.MISCOMPUTE, Severity.WARN
# file below the corpus: how bad, kind, operator, what the sentence says
CASES = {
    "cases/dilated_conv1d_batch_unknown": (M, "shape", "operator 0 (SPACE_TO_BATCH_ND)", "convert with batch 1"),
    "cases/dense_dynamic_range": (R, "type", "operator 0 (FULLY_CONNECTED)", "no hybrid kernels"),
    "cases/dense_f16": (R, "type", "operator 0 (DEQUANTIZE)", "no 16-bit floating point"),
    "cases/resize_bilinear_i16": (R, "type", "operator 0 (RESIZE_BILINEAR)", "INT16"),
    "cases/softmax_untrained_i8": (R, "scale", "operator 1 (SOFTMAX)", "ends the process"),
    "cases/sparse_dense_layer": (M, "data", "operator 0 (FULLY_CONNECTED)", "sparse"),
    "cases/scale_nan": (R, "scale", "operator 0 (ADD)", "scale"),
    "cases/false_output_shape": (M, "shape", "operator 0 (DEPTH_TO_SPACE)", "contradicts the operands"),
    "cases/plan_doubled_entry": (M, "plan", "", "2 OfflineMemoryAllocation entries"),
    "cases/plan_truncated": (M, "plan", "", "14 bytes"),
    "cases/plan_negative_offset": (M, "plan", "", "negative offset -2"),
    "cases/flex_op": (R, "operator", "operator 0 (FlexTensorListReserve)", "SELECT_TF_OPS"),
    "cases/ethosu_scratch": (R, "operator", "operator 0 (ethos-u)", "before Vela"),
    "cases/fcn_unknown_hw": (W, "guess", "", "a guess"),
    "models/refused/aieq__single_select": (R, "operator", "operator 0 (SELECT)", "SELECT_V2"),
    "models/refused/litert__where": (R, "operator", "operator 0 (WHERE)", "SELECT_V2"),
    "models/refused/mlperftiny__kws_ref_model_float32": (R, "type", "operator 0 (CONV_2D)", "no hybrid kernels"),
}
STOPPING = [name for name, (severity, *_) in CASES.items() if severity is not W and name.startswith("cases/")]


@pytest.mark.corpus
@pytest.mark.parametrize("name", CASES)
def test_the_worst_finding_names_operator_kind_and_remedy(name: str) -> None:
    file = corpus_file(f"{name}.tflite")
    severity, kind, operator, words = CASES[name]
    found = diagnose(read_bytes(read_file(file), file.name), find_target("cortex-m4"))
    assert found
    assert (found[0].severity, found[0].kind, found[0].operator) == (severity, kind, operator)
    assert words in found[0].sentence


@pytest.mark.corpus
@pytest.mark.parametrize("name", STOPPING)
@pytest.mark.parametrize("verb", ["inspect", "check", "export", "report", "fit"])
def test_every_verb_refuses_with_a_code_of_its_own(name: str, verb: str, tmp_path: Path) -> None:
    file = str(corpus_file(f"{name}.tflite"))
    arguments = {
        "inspect": [file],
        "check": [file, "--arena", "1M"],
        "export": [file, "-o", str(tmp_path / "out")],
        "report": [file, "-o", str(tmp_path / "out.html")],
        "fit": [file, "-o", str(tmp_path / "out.tflite")],
    }[verb]
    result = invoke(verb, *arguments)
    assert result.exit_code == 14, result.stderr
    assert CASES[name][2] in result.stderr
    assert not list(tmp_path.iterdir())
