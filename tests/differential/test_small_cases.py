"""Small models that once went wrong, each with what is right."""

import pytest

from arenafit.accuracy.binding import load_calibration
from arenafit.accuracy.precision import Precision
from arenafit.quantize import Request, quantize
from arenafit.runtime import TflmPool
from arenafit.tflite import read_model
from support.corpus import corpus_file

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")


@pytest.mark.parametrize("name", ["gru_while_f32", "dense_f16", "dense_dynamic_range"])
def test_float_models_of_every_form_are_quantised(name: str) -> None:
    model, data = read_model(corpus_file(f"cases/{name}.tflite")), corpus_file(f"cases/{name}.npz")
    with TflmPool(1) as runtime:
        found = quantize(model, load_calibration(str(data), model), None, runtime, Request(compare=False))
    assert found.chosen.drop < 0.1
    assert any(precision is not Precision.FLOAT for precision in found.chosen.built.precisions.values())
