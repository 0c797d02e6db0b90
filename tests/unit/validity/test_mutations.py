"""The script that mutates models: the same mutants everywhere, and TFLM runs those that nobody speaks against."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from arenafit.ir import DType
from arenafit.runtime import Refusal, TflmPool
from arenafit.tflite import write_bytes
from support.one_op import f32, i8, one_op, weights

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "mutations.py"
CONV = {"padding": 0, "stride_w": 1, "stride_h": 1, "dilation_w_factor": 1, "dilation_h_factor": 1}


FILTERS = weights(DType.INT8, (8, 3, 3, 4), 0)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutations", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("models")
    models = {
        "conv": one_op("CONV_2D", [i8(1, 6, 5, 4), FILTERS], [i8(1, 6, 5, 8)], "Conv2DOptions", **CONV),
        "add": one_op("ADD", [i8(1, 6), i8(1, 6)], [i8(1, 6)], "AddOptions"),
        "softmax": one_op("SOFTMAX", [f32(1, 6)], [f32(1, 6)], "SoftmaxOptions", beta=1.0),
    }
    for name, model in models.items():
        (folder / f"{name}.tflite").write_bytes(write_bytes(model))
    return sorted(folder.iterdir())


def test_one_seed_makes_the_same_mutants(script: ModuleType, files: list[Path]) -> None:
    assert script.mutants(files, 20, 5) == script.mutants(files, 20, 5)
    assert script.mutants(files, 20, 5) != script.mutants(files, 20, 6)


def test_tflm_runs_what_nobody_speaks_against(script: ModuleType, files: list[Path]) -> None:
    accepted = 0
    with TflmPool(1) as tflm:
        for name, content in script.mutants(files, 150, 7):
            if script.judged(content) is not None:
                continue
            accepted += 1
            result = tflm.measure(content)
            assert not isinstance(result, Refusal), f"{name}: {result.reason}"
    assert accepted > 20
