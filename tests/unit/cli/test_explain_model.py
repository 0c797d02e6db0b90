"""`explain --model`: the numbers of the log count, and nothing that is wrong with the model loses the explanation."""

import json
from pathlib import Path

import numpy as np
import pytest

from arenafit.diagnostics import read_log
from arenafit.ir import DType, Quant
from arenafit.report.documents.explanation import explanation_document
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import write_bytes
from arenafit.tflm import footprint
from support.cli import invoke
from support.models import conv_chain
from support.one_op import const, f32, i8, one_op, tensor

MIXED = "Input type: FLOAT32 with filter type: INT8 not supported"
PLAIN = Quant((0.1,), (0,))


def head_line(requested: int) -> str:
    return f"Failed to resize buffer. Requested: {requested}, available 100, missing: {requested - 100}"


def conv_file(folder: Path) -> Path:
    file = folder / "model.tflite"
    file.write_bytes(write_bytes(conv_chain(size=32)))
    return file


@pytest.mark.parametrize(("more", "said"), [(0, False), (16, True), (6160, True)])
def test_a_head_above_the_prediction_is_told_as_kernels_that_need_more(
    more: int, tmp_path: Path, *, said: bool
) -> None:
    priced = footprint(conv_chain(size=32), CORTEX_M4)
    line = head_line(priced.head_bytes + more)
    row = json.loads(invoke("explain", line, "-m", str(conv_file(tmp_path)), "--effort", "1", "--json").stdout)["model"]
    assert bool(row["notes"]) is said
    if said:
        assert f"at least {more:,} bytes more" in row["notes"][0]
        assert f"an arena below {priced.head_bytes + more + priced.tail_bytes:,} bytes" in row["notes"][0]


def test_a_part_of_the_tail_above_all_of_it_is_told(tmp_path: Path) -> None:
    tail = footprint(conv_chain(size=32), CORTEX_M4).tail_bytes
    line = f"Failed to allocate tail memory. Requested: {tail + 1}, available 5, missing: 9"
    row = json.loads(invoke("explain", line, "-m", str(conv_file(tmp_path)), "--effort", "1", "--json").stdout)["model"]
    assert "another model" in row["notes"][0]
    assert "the whole tail" in invoke("explain", line, "-m", str(conv_file(tmp_path)), "--effort", "1").stdout


def test_a_refused_model_does_not_lose_the_explanation(tmp_path: Path) -> None:
    file = tmp_path / "half.tflite"
    model = one_op("DEQUANTIZE", [tensor(DType.FLOAT16, 4)], [f32(4)])
    file.write_bytes(write_bytes(model))
    result = invoke("explain", MIXED, "-m", str(file))
    assert result.exit_code == 14
    assert "dynamic-range quantisation" in result.stdout
    assert "no 16-bit floating point" in result.stderr
    document = json.loads(invoke("explain", MIXED, "-m", str(file), "--json").stdout)
    assert (document["model"], document["problem"]["exit_code"]) == (None, 14)
    assert document["messages"]


def test_a_file_that_is_no_model_does_not_lose_it_either(tmp_path: Path) -> None:
    file = tmp_path / "text.tflite"
    file.write_bytes(b"no model")
    result = invoke("explain", MIXED, "-m", str(file))
    assert result.exit_code == 3
    assert "dynamic-range quantisation" in result.stdout


def test_no_fit_is_promised_for_what_tflm_refuses_when_it_runs(tmp_path: Path) -> None:
    """RSQRT of a negative constant: nothing static is wrong with it, `fit` refuses it."""
    file = tmp_path / "model.tflite"
    file.write_bytes(write_bytes(one_op("RSQRT", [const([-5] * 4, np.int8, PLAIN)], [i8(4, quant=PLAIN)])))
    fitted = invoke("fit", str(file), "-o", str(tmp_path / "out.tflite"), "--effort", "1")
    result = invoke("explain", MIXED, "-m", str(file))
    assert fitted.exit_code == result.exit_code == 4
    assert "fit would give" not in result.stdout
    assert "dynamic-range quantisation" in result.stdout


@pytest.mark.parametrize("end", ["", "."])
def test_the_mixture_of_types_is_known_with_and_without_a_full_stop(end: str) -> None:
    (row,) = explanation_document(read_log(f"{MIXED}{end}"), None).messages
    assert row.id == "input-with-filter-type"
    assert "FLOAT32" in row.means
    assert "INT8" in row.means
