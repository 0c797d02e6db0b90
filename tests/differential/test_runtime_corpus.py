"""The witness itself against the corpus: totals as indexed, refusals where TFLM refuses, the arena's true minimum."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from arenafit.runtime import GeneratedInputs, Measurement, Outputs, Refusal, Stage, TflmPool, input_sets
from support.corpus import corpus_index, corpus_model, corpus_models

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

# Refuses negative numbers when invoked, which random inputs contain.
POSITIVE = GeneratedInputs(1, kinds=("max",))
NEEDS_POSITIVE_INPUTS = {"litert__single_rsqrt_default_a16w8_recipe_quantized"}


@pytest.fixture(scope="module")
def tflm() -> Iterator[TflmPool]:
    with TflmPool(workers=1) as pool:
        yield pool


@corpus_models("dev")
def test_the_totals_are_those_of_the_index(tflm: TflmPool, path: Path) -> None:
    inputs = POSITIVE if path.stem in NEEDS_POSITIVE_INPUTS else GeneratedInputs(1)

    seen = tflm.measure(path, inputs=inputs)

    assert isinstance(seen, Measurement), seen.reason
    row = corpus_index()[f"{path.parent.name}/{path.stem}"]
    assert (seen.head_bytes, seen.tail_bytes, seen.total_bytes) == (
        int(row["arena_head"]),
        int(row["arena_tail"]),
        int(row["arena_total"]),
    )
    assert len(seen.digests) == inputs.count


@corpus_models("refused")
def test_a_model_that_tflm_refuses_is_a_refusal_with_its_reason(tflm: TflmPool, path: Path) -> None:
    answer = tflm.measure(path)

    assert isinstance(answer, Refusal)
    row = corpus_index()[f"{path.parent.name}/{path.stem}"]
    if answer.stage is Stage.CRASH:
        assert "SEGFAULT" in row["error"]
        return
    arena = "is too small: " in answer.reason and "refused at 64 MiB" in row["error"]
    assert arena or answer.reason[:60] == row["error"][:60]


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "total_bytes", "min_arena_bytes"),
    [
        ("dev/tflm__person_detect", 85_264, 85_264),
        ("dev/mlperftiny__ad01_int8", 3_984, 4_640),
        ("dev/mlonmcu__rnnoise_INT8", 12_880, 18_080),
        ("dev/tflm__hello_world_int8", 1_504, 1_936),
        ("case/case_int8", 371_312, 371_312),
        ("case/case_fp32", 1_473_136, 1_473_136),
    ],
)
def test_the_smallest_arena_may_exceed_the_recorded_total(
    tflm: TflmPool, name: str, total_bytes: int, min_arena_bytes: int
) -> None:
    seen = tflm.measure(corpus_model(name), min_arena=True)

    assert isinstance(seen, Measurement)
    assert (seen.total_bytes, seen.min_arena_bytes) == (total_bytes, min_arena_bytes)


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["dev/mww__stop", "dev/mww__v2_vad"])
def test_resource_variables_carry_over_unless_they_are_reset(tflm: TflmPool, name: str) -> None:
    path = corpus_model(name)
    first = tflm.measure(path)
    assert isinstance(first, Measurement)
    same = [input_sets(first.inputs, 1)[0]] * 3

    kept, reset = tflm.run(path, same), tflm.run(path, same, reset=True)

    assert isinstance(kept, Outputs)
    assert isinstance(reset, Outputs)
    assert len(set(kept.digests())) > 1
    assert set(reset.digests()) == {first.digests[0]}
