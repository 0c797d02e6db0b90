import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arenafit import export_model
from arenafit.errors import (
    ArenafitError,
    DataError,
    ModelFormatError,
    OutputError,
    RefusedModelError,
    UnsupportedModelError,
)
from arenafit.export import SourceLayout, firmware
from arenafit.export.firmware_sources import identifier_of
from arenafit.ir import Model, OpCode
from arenafit.targets.libraries import REFERENCE
from arenafit.targets.target import CORTEX_M4, ESP_CHIPS, Abi, Target
from arenafit.tflite import read_model, write_bytes
from arenafit.tflm import footprint
from support.compiling import compile_all, real_headers
from support.models import residual
from support.small_models import call_once, svdf, while_loop
from support.snippets import ROOT

EXAMPLES = ROOT / "examples"
MODELS: Mapping[str, Callable[[], Model]] = {
    "residual": residual,
    "loop": while_loop,
    "state": svdf,
    "initialised": call_once,
}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "residual.tflite"
    file.write_bytes(write_bytes(residual()))
    return file


def constant(folder: Path, name: str) -> int:
    for header in folder.rglob("*.h"):
        if found := re.search(rf"\b{name} = (-?\d+);", header.read_text(encoding="utf-8")):
            return int(found[1])
    raise AssertionError(f"no {name}")


def array(folder: Path) -> bytes:
    text = (folder / "model_data.cc").read_text(encoding="utf-8")
    return bytes(int(byte, 16) for byte in re.findall(r"0x([0-9a-f]{2})\b", text))


def test_the_array_is_the_file(model: Path, tmp_path: Path) -> None:
    export_model(model, tmp_path / "out")
    assert array(tmp_path / "out") == model.read_bytes()
    assert constant(tmp_path / "out", "g_residual_model_data_size") == model.stat().st_size
    assert "alignas(16) const unsigned char" in (tmp_path / "out" / "model_data.cc").read_text(encoding="utf-8")


def test_the_sizes_are_those_predicted_with_the_margin_said(model: Path, tmp_path: Path) -> None:
    found = footprint(residual(), CORTEX_M4)
    export_model(model, tmp_path / "out", margin_bytes=0)
    assert constant(tmp_path / "out", "kMinArenaBytes") == constant(tmp_path / "out", "kArenaBytes")
    assert constant(tmp_path / "out", "kArenaBytes") == found.min_arena_bytes
    assert constant(tmp_path / "out", "kPersistentArenaBytes") == found.two_arenas.persistent_bytes
    assert constant(tmp_path / "out", "kNonPersistentArenaBytes") == found.two_arenas.non_persistent_bytes
    export_model(model, tmp_path / "out", margin_bytes=1)
    assert constant(tmp_path / "out", "kArenaBytes") == found.min_arena_bytes + 16


@pytest.mark.parametrize(
    ("name", "persistent", "non_persistent"),
    [
        ("spectrogram/spectrogram_int8_tensorflow", 3568, 367488),
        ("spectrogram/spectrogram_fp32", 2960, 1469952),
        ("small/streaming_int8", 5152, 2064),
        ("small/mobile_int8", 7008, 32256),
    ],
)
def test_two_arenas_are_those_that_tflm_took(name: str, persistent: int, non_persistent: int) -> None:
    # Measured with TFLM 90b983c2 built for x86-64 with reference kernels: 16 bytes less in either and it refuses.
    host = Target("host", Abi.LP64, REFERENCE)
    found = footprint(read_model(EXAMPLES / f"{name}.tflite"), host).two_arenas
    assert (found.persistent_bytes, found.non_persistent_bytes) == (persistent, non_persistent)


def test_the_resolver_has_the_operators_of_all_graphs(tmp_path: Path) -> None:
    file = tmp_path / "loop.tflite"
    file.write_bytes(write_bytes(while_loop()))
    document = export_model(file, tmp_path / "out")
    assert document.operators == ("AddAdd", "AddLess", "AddWhile")
    text = (tmp_path / "out" / "op_resolver.h").read_text(encoding="utf-8")
    assert "MicroMutableOpResolver<3>" in text
    assert re.findall(r"resolver\.(\w+)\(", text) == list(document.operators)


def test_quantisation_survives_as_the_same_float(model: Path, tmp_path: Path) -> None:
    export_model(model, tmp_path / "out")
    text = (tmp_path / "out" / "model_io.h").read_text(encoding="utf-8")
    scale = re.search(r"kInput0Scale = (.+)f;", text)
    quant = residual().main.by_id[residual().main.inputs[0]].quant
    assert scale is not None
    assert quant is not None
    assert np.float32(scale[1]) == np.float32(quant.scales[0])
    assert constant(tmp_path / "out", "kInput0ZeroPoint") == quant.zero_points[0]
    assert "kInput0Shape[4] = {1, 12, 12, 2}" in text


@pytest.mark.parametrize("layout", list(SourceLayout))
@pytest.mark.parametrize("name", MODELS)
def test_what_is_written_compiles(name: str, layout: SourceLayout, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.tflite"
    file.write_bytes(write_bytes(MODELS[name]()))
    folder = tmp_path / "out"
    export_model(file, folder, layout=layout)
    sources = [path for path in folder.rglob("*") if path.suffix in {".cc", ".cpp", ".ino"}]
    assert len(sources) == 2
    for define in ("", f"{identifier_of(file.name).upper()}_TWO_ARENAS"):
        compile_all(sources, own=[folder, folder / "src", folder / "include"], define=define)


@pytest.mark.parametrize("name", ["small/streaming_int8", "small/mobile_int8", "spectrogram/spectrogram_fp32"])
def test_what_is_written_compiles_with_the_real_headers(name: str, tmp_path: Path) -> None:
    headers = real_headers()
    export_model(EXAMPLES / f"{name}.tflite", tmp_path, name="example")
    for define in ("", "EXAMPLE_TWO_ARENAS"):
        compile_all([tmp_path / "model_data.cc", tmp_path / "usage.cc"], [tmp_path], headers, define)


def test_the_same_model_gives_the_same_files(model: Path, tmp_path: Path) -> None:
    for layout in SourceLayout:
        export_model(model, tmp_path / "one", layout=layout)
        export_model(model, tmp_path / "two", layout=layout)
        one = {path.relative_to(tmp_path / "one"): path for path in (tmp_path / "one").rglob("*") if path.is_file()}
        assert one
        for name, path in one.items():
            assert path.read_bytes() == (tmp_path / "two" / name).read_bytes()


def custom(code: str) -> Model:
    model = residual()
    first, *rest = model.main.ops
    strange = replace(first, code=OpCode("CUSTOM", 1, code), options=None)
    return replace(model, graphs=(replace(model.main, ops=(strange, *rest)),))


def test_an_operator_of_ones_own_is_declared_for_the_firmware_to_define(tmp_path: Path) -> None:
    file = tmp_path / "own.tflite"
    file.write_bytes(write_bytes(custom('My"Op')))
    document = export_model(file, tmp_path / "out", estimate=True)
    assert document.custom_operators == ('My"Op',)
    assert document.estimated
    text = (tmp_path / "out" / "op_resolver.h").read_text(encoding="utf-8")
    assert "const TFLMRegistration* Register_MY_OP();" in text
    compile_all([tmp_path / "out" / "usage.cc"], [tmp_path / "out"])
    with pytest.raises(RefusedModelError, match="no such custom operator"):
        export_model(file, tmp_path / "out")


def test_an_operator_that_tflm_has_not_is_refused() -> None:
    model = residual()
    first, *rest = model.main.ops
    strange = replace(first, code=OpCode("RFFT2D", 1), options=None)
    odd = replace(model, graphs=(replace(model.main, ops=(strange, *rest)),))
    with pytest.raises(UnsupportedModelError, match="RFFT2D is not part of TFLM"):
        firmware(odd, b"", "odd.tflite", CORTEX_M4, estimate=True)


@pytest.mark.parametrize(
    ("file_name", "identifier"),
    [
        ("Person-Detect v2.tflite", "person_detect_v2"),
        ("96x96.tflite", "model_96x96"),
        ("int.tflite", "int_model"),
        ("名前.tflite", "model"),
        ("__a__b__.tflite", "a_b"),
    ],
)
def test_a_file_name_becomes_an_identifier(file_name: str, identifier: str) -> None:
    assert identifier_of(file_name) == identifier


@pytest.mark.parametrize("name", ["", "9a", "a-b", "class", "Wake", "a b", "a;int x"])
def test_a_name_that_is_no_identifier_is_refused(model: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ArenafitError, match="no name for C"):
        export_model(model, tmp_path / "out", name=name)


def test_names_in_a_model_stay_comments(tmp_path: Path) -> None:
    sketch = residual()
    hostile = "x\n#error broken out \\"
    tensors = tuple(
        replace(tensor, name=hostile) if tensor.id in sketch.main.inputs else tensor for tensor in sketch.main.tensors
    )
    file = tmp_path / "evil.tflite"
    file.write_bytes(write_bytes(replace(sketch, graphs=(replace(sketch.main, tensors=tensors),))))
    export_model(file, tmp_path / "out")
    compile_all([tmp_path / "out" / "usage.cc"], [tmp_path / "out"])


def test_a_manifest_is_written_anew_and_never_over_the_old_one(model: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "wake.json"
    old = {"type": "micro", "wake_word": "héy", "model": "a.tflite", "micro": {"x": 0.97, "tensor_arena_size": 22860}}
    manifest.write_text(json.dumps(old, ensure_ascii=False), encoding="utf-8")
    before = manifest.read_bytes()
    document = export_model(model, tmp_path / "out", manifest=manifest)
    new = json.loads((tmp_path / "out" / "wake.json").read_text(encoding="utf-8"))
    sizes = [footprint(residual(), chip, resource_variables=0).min_arena_bytes for chip in ESP_CHIPS]
    predicted = max(sizes)
    assert new == {**old, "micro": {"x": 0.97, "tensor_arena_size": predicted + 8192}}
    assert document.manifest is not None
    assert (document.manifest.before_bytes, document.manifest.after_bytes) == (22860, predicted + 8192)
    with pytest.raises(OutputError, match="is an input"):
        export_model(model, tmp_path, manifest=manifest)
    assert manifest.read_bytes() == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"type": "micro"}', '{"type": "x", "micro": {}}', "[" * 100000])
def test_what_is_no_manifest_is_refused(model: Path, tmp_path: Path, text: str) -> None:
    manifest = tmp_path / "wake.json"
    manifest.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"wake\.json"):
        export_model(model, tmp_path / "out", manifest=manifest)


def test_errors_are_ours(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError):
        export_model(tmp_path / "none.tflite", tmp_path / "out")
    with pytest.raises(OutputError):
        export_model(model, model / "out")
    (tmp_path / "out" / "model_data.cc").mkdir(parents=True)
    with pytest.raises(OutputError):
        export_model(model, tmp_path / "out")
    assert not (tmp_path / "out" / "arena_size.h").exists()


def test_a_chain_in_float_has_no_scale(tmp_path: Path) -> None:
    file = EXAMPLES / "spectrogram" / "spectrogram_fp32.tflite"
    document = export_model(file, tmp_path)
    assert all(boundary.scale is None for boundary in document.boundaries)
    assert "Scale" not in (tmp_path / "model_io.h").read_text(encoding="utf-8")


def test_sources_built_otherwise_than_the_library_do_not_compile(model: Path, tmp_path: Path) -> None:
    export_model(model, tmp_path)
    with pytest.raises(AssertionError, match="define TF_LITE_STATIC_MEMORY, as the library was built"):
        compile_all([tmp_path / "usage.cc"], [tmp_path], define="", flags=())


def test_setup_and_invoke_are_declared_and_allocations_checked(model: Path, tmp_path: Path) -> None:
    export_model(model, tmp_path)
    setup = next(word for word in (tmp_path / "usage.h").read_text().split() if word.endswith("Setup();"))
    (tmp_path / "app.cc").write_text(f'#include "usage.h"\nvoid App() {{ (void){setup} }}\n')
    compile_all([tmp_path / "app.cc"], [tmp_path])
    usage = (tmp_path / "usage.cc").read_text()
    assert '#include "usage.h"' in usage
    assert "if (allocator == nullptr) return nullptr;" in usage
