"""A second witness: TFLM compiled to wasm32 agrees with the wheel on heads and on the outputs of integer models."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from arenafit import fit_model, measure_model
from arenafit.errors import DataError
from arenafit.runtime import Category, Measurement, Outputs, Refusal, TflmPool
from arenafit.runtime.wasm32 import Wasm32Runtime, checksums
from arenafit.tflite import write_bytes
from support.corpus import corpus_model, corpus_root
from support.mcufit_runner import RESOURCE_VARIABLES_BYTES, benchmark_inputs, mcufit_runner
from support.models import conv_chain, wrong_sign

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
SMALL = Path(__file__).parents[2] / "examples" / "small"
NAMES = (
    "tflm__hello_world_int8",
    "tflm__person_detect",
    "mlperftiny__pretrainedResnet_quant",
    "mlperftiny__ad01_int8",
    "aieq__two_inputs_concatenation",
)


@pytest.fixture(scope="module")
def wasm() -> Wasm32Runtime:
    return mcufit_runner()


@pytest.fixture(scope="module")
def tflm() -> Iterator[TflmPool]:
    with TflmPool(workers=1) as pool:
        yield pool


def agree(wasm: Wasm32Runtime, tflm: TflmPool, path: Path) -> Measurement:
    seen, ours = wasm.measure(path), tflm.measure(path)
    assert isinstance(seen, Measurement), seen.reason
    assert isinstance(ours, Measurement), ours.reason
    computed = tflm.run(path, [benchmark_inputs(ours.inputs)])
    assert isinstance(computed, Outputs)

    assert seen.head_bytes == ours.head_bytes
    assert seen.record(Category.NODES).count == ours.record(Category.NODES).count
    assert seen.record(Category.EVAL_TENSORS).used_bytes * 2 == ours.record(Category.EVAL_TENSORS).used_bytes
    assert checksums(seen) == tuple(zlib.crc32(array.tobytes()) for array in computed.batches[0])
    return seen


def test_the_witnesses_agree_on_an_example(wasm: Wasm32Runtime, tflm: TflmPool) -> None:
    agree(wasm, tflm, SMALL / "mobile_int8.tflite")


def test_what_is_no_model_is_a_refusal(wasm: Wasm32Runtime) -> None:
    assert isinstance(wasm.measure(b"hello"), Refusal)


@pytest.mark.corpus
@pytest.mark.parametrize("name", NAMES)
def test_the_witnesses_agree_and_the_tail_is_the_32_bit_one(wasm: Wasm32Runtime, tflm: TflmPool, name: str) -> None:
    seen = agree(wasm, tflm, corpus_model(f"dev/{name}"))
    root = corpus_root()
    assert root is not None
    with (root / "golden" / "arena.jsonl").open(encoding="utf-8") as lines:
        known = {(row["model"], row["target"]): row for row in map(json.loads, lines)}
    recorded = known[f"{name}.tflite", "ilp32-int-enums-reference"]["recording"]

    assert seen.tail_bytes is not None
    assert seen.head_bytes == recorded["head"]
    assert seen.tail_bytes - recorded["tail"] in RESOURCE_VARIABLES_BYTES


def test_a_loop_computes_the_same_there(wasm: Wasm32Runtime, tmp_path: Path) -> None:
    # DYNAMIC_UPDATE_SLICE and a plan for the subgraph of the loop: what an older TFLM would refuse.
    original = SMALL / "mobile_int8.tflite"
    fitted = fit_model(original, tmp_path / "fitted.tflite", effort="fast")
    assert any("streamed" in step.what for step in fitted.steps)
    said = wasm.compare(original.read_bytes(), (tmp_path / "fitted.tflite").read_bytes())
    assert said.startswith("equal outputs on 1 input")


def test_a_wrong_model_is_told_there(wasm: Wasm32Runtime) -> None:
    said = wasm.compare(write_bytes(conv_chain()), write_bytes(wrong_sign(conv_chain())))
    assert said.startswith("differs: output 0 has the checksum")


def test_measure_takes_it_as_a_runner(wasm: Wasm32Runtime) -> None:
    model = SMALL / "mobile_int8.tflite"
    seen, same = measure_model(model, runner="wasm32"), wasm.measure(model)
    assert isinstance(seen, Measurement)
    assert isinstance(same, Measurement)
    assert (seen.head_bytes, checksums(seen)) == (same.head_bytes, checksums(same))
    with pytest.raises(DataError, match="inputs of its own"):
        measure_model(model, runner="wasm32", data="samples.npy")
