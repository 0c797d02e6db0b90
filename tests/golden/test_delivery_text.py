"""What check, export and explain write, word for word, on models that the tests build."""

from pathlib import Path

import pytest

from arenafit import __version__
from arenafit.ir import DType
from arenafit.tflite import write_bytes
from conftest import Golden
from support.cli import invoke
from support.models import conv_chain, residual
from support.small_models import call_once

CONFIG = """
[budget]
board = "pico"
baseline = "base"

[budget.small]
models = ["residual.tflite"]
target = "cortex-m4"
arena = "4K"

[budget.large]
models = ["wide.tflite"]
arena = "64K"
"""
LOG = """
I (333) boot: app started
Failed to resize buffer. Requested: 367488, available 100000, missing: 267488
Node DEQUANTIZE (number 1) failed to prepare with status 1
Didn't find op for builtin opcode 'CONV_2D' version '3'. An older version of this builtin might be supported.
tensorflow/lite/micro/kernels/fully_connected.cc:123 input->type != filter->type (INT8 != FLOAT32)
AllocateTensors() failed
region `RAM' overflowed by 125840 bytes
"""


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base").mkdir()
    for file, model in (
        ("residual.tflite", residual()),
        ("wide.tflite", conv_chain(DType.FLOAT32, size=64, channels=16)),
        ("base/residual.tflite", residual(size=11)),
        ("state.tflite", call_once()),
    ):
        Path(file).write_bytes(write_bytes(model))
    Path("arenafit.toml").write_text(CONFIG, encoding="utf-8")


def plain(text: str) -> str:
    return text.replace(__version__, "VERSION")


@pytest.mark.parametrize("form", ["text", "github", "junit", "markdown", "json"])
def test_check(golden: Golden, form: str) -> None:
    golden(f"delivery/check.{form}", plain(invoke("check", "--format", form).stdout))


@pytest.mark.parametrize("name", ["residual", "state"])
def test_export(golden: Golden, name: str) -> None:
    golden(f"delivery/export_{name}.txt", invoke("export", f"{name}.tflite", "-o", "out").stdout)
    for file in ("arena_size.h", "model_data.h", "model_io.h", "op_resolver.h", "usage.cc"):
        golden(f"delivery/{name}/{file}", plain(Path("out", file).read_text(encoding="utf-8")))


def test_export_for_others(golden: Golden) -> None:
    invoke("export", "residual.tflite", "-o", "arduino", "--layout", "arduino")
    invoke("export", "residual.tflite", "-o", "esp", "--layout", "esp-idf", "--board", "esp32-s3")
    wanted = ("arduino/library.properties", "esp/CMakeLists.txt", "esp/idf_component.yml")
    for file in (*wanted, "esp/include/residual/arena_size.h"):
        golden(f"delivery/{file}", plain(Path(file).read_text(encoding="utf-8")))
    written = sorted(path.as_posix() for folder in ("arduino", "esp") for path in Path(folder).rglob("*.*"))
    golden("delivery/layouts.txt", "\n".join(written))


def test_explain(golden: Golden) -> None:
    Path("boot.log").write_text(LOG, encoding="utf-8")
    golden("delivery/explain.txt", invoke("explain", "--file", "boot.log").stdout)
    golden("delivery/explain.json", plain(invoke("explain", "--file", "boot.log", "--json").stdout))
