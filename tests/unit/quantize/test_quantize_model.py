"""`quantize_model` writes the model and returns the document that the command line prints."""

import json
from pathlib import Path

import numpy as np
import pytest

import arenafit
from arenafit.errors import ConfigError, OutputError
from arenafit.ir import DType
from arenafit.report.documents.document import plain
from arenafit.tflite import read_model, write_bytes
from support.cli import invoke
from support.models import conv_chain


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(conv_chain(DType.FLOAT32, layers=1, size=4, channels=2)))
    return path


@pytest.fixture
def data(model: Path, tmp_path: Path) -> str:
    one = read_model(model).main
    shape = next(tensor.shape for tensor in one.tensors if tensor.id == one.inputs[0])
    np.savez(tmp_path / "data.npz", x=np.random.default_rng(3).uniform(-1, 1, (32, *shape[1:])).astype(np.float32))
    return str(tmp_path / "data.npz")


def test_the_document_and_the_file(model: Path, data: str, tmp_path: Path) -> None:
    pytest.importorskip("litert_quantizer", reason="needs the extra `quantize`")
    out = tmp_path / "out.tflite"
    document = arenafit.quantize_model(model, data, out, arenafit.Quantize(compare=False))

    assert document.model_bytes == out.stat().st_size
    assert [row.recipe for row in document.recipes] == ["int8"]
    made = read_model(out).main
    assert next(tensor.dtype for tensor in made.tensors if tensor.id == made.inputs[0]) is DType.INT8
    told = plain(document)
    assert (told["document"], told["version"]) == ("arenafit.quantize", 2)

    timed = {"float": 0, "recipes": 0, "answer": 0}  # milliseconds, and where the file is
    ended = invoke("quantize", str(model), "--data", data, "-o", "-", "--only", "--json")
    assert ended.stdout_bytes == out.read_bytes()
    assert {**json.loads(ended.stderr), **timed} == {**told, **timed}


def test_what_is_refused(model: Path, data: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'int4' is no recipe: write int8, int16x8, mixed"):
        arenafit.quantize_model(model, data, tmp_path / "out.tflite", arenafit.Quantize(recipe="int4"))
    with pytest.raises(OutputError, match="is an input"):
        arenafit.quantize_model(model, data, model)
