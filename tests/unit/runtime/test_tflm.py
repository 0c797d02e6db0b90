import threading
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from arenafit.errors import DataError, ModelFormatError, RuntimeUnavailableError
from arenafit.runtime import (
    Category,
    GeneratedInputs,
    LiteRtPool,
    LiteRtRuntime,
    Measurement,
    Outputs,
    Refusal,
    RunLimits,
    Stage,
    TflmPool,
    TflmRuntime,
    digest,
    first_difference,
    input_sets,
    tflm_child,
)

SMALL = Path(__file__).parents[3] / "examples" / "small"
pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")


@pytest.fixture(scope="module")
def tflm() -> Iterator[TflmPool]:
    with TflmPool(workers=2) as pool:
        yield pool


def measured(answer: Measurement | Refusal) -> Measurement:
    assert isinstance(answer, Measurement), answer.reason
    return answer


def computed(answer: Outputs | Refusal) -> Outputs:
    assert isinstance(answer, Outputs), answer.reason
    return answer


def test_a_measurement_is_consistent_in_itself(tflm: TflmPool) -> None:
    model = SMALL / "mobile_int8.tflite"

    seen = measured(tflm.measure(model, invocations=2))

    assert seen.head_bytes is not None
    assert seen.tail_bytes is not None
    assert seen.total_bytes == seen.head_bytes + seen.tail_bytes
    assert 0 < sum(record.used_bytes for record in seen.records) <= seen.tail_bytes
    assert seen.record(Category.EVAL_TENSORS).used_bytes == 24 * seen.record(Category.EVAL_TENSORS).count
    assert seen.record(Category.NODES).used_bytes == 64 * seen.record(Category.NODES).count
    assert len(seen.digests) == 2
    assert [tensor.dtype for tensor in (*seen.inputs, *seen.outputs)] == ["int8", "int8"]
    assert seen.inputs[0].name
    assert len(seen.inputs[0].scales) == 1
    assert (seen.runtime.name, seen.runtime.kernels, seen.runtime.abi) == ("tflite-micro", "reference", "lp64")


def test_bytes_paths_and_a_process_of_its_own_make_no_difference(tflm: TflmPool) -> None:
    model = SMALL / "motion_fp32.tflite"

    answers = [tflm.measure(model), tflm.measure(str(model)), tflm.measure(model.read_bytes())]

    assert answers == [TflmRuntime().measure(model)] * 3


def test_generated_inputs_are_those_that_could_be_sent(tflm: TflmPool) -> None:
    model = SMALL / "mobile_int8.tflite"
    generated = computed(tflm.run(model, GeneratedInputs(4, seed=3, kinds=("random", "min", "max", "zero"))))

    sent = computed(tflm.run(model, input_sets(generated.inputs, 4, seed=3)))

    assert first_difference(generated, sent) is None
    assert generated.digests() == measured(tflm.measure(model, inputs=input_sets(generated.inputs, 4, seed=3))).digests
    assert digest(sent.batches[0][0]) == sent.digests()[0][0]


def test_state_carries_over_unless_it_is_reset(tflm: TflmPool) -> None:
    model = SMALL / "streaming_int8.tflite"
    one = input_sets(measured(tflm.measure(model)).inputs, 1)[0]

    kept = computed(tflm.run(model, [one, one, one]))
    reset = computed(tflm.run(model, [one, one, one], reset=True))

    assert kept.digests()[0] == reset.digests()[0]
    assert kept.digests()[1] != kept.digests()[0]
    assert reset.digests()[2] == reset.digests()[0]


def test_the_smallest_arena_works_and_16_bytes_less_does_not(tflm: TflmPool) -> None:
    model = SMALL / "mobile_int8.tflite"
    smallest = measured(tflm.measure(model, min_arena=True)).min_arena_bytes
    assert smallest is not None

    at = RunLimits(arenas_bytes=(smallest,))
    below = RunLimits(arenas_bytes=(smallest - 16,))

    assert isinstance(TflmRuntime(at).measure(model), Measurement)
    refusal = TflmRuntime(below).measure(model)
    assert isinstance(refusal, Refusal)
    assert refusal.stage in {Stage.ALLOCATE, Stage.CRASH}


def test_a_limit_that_is_too_small_is_named() -> None:
    refusal = TflmRuntime(RunLimits(arenas_bytes=(4096, 8192))).measure(SMALL / "mobile_int8.tflite")

    assert isinstance(refusal, Refusal)
    assert "an arena of 8,192 bytes, the largest tried, is too small" in refusal.reason


@pytest.mark.parametrize("content", [b"", b"TFL3", b"hello, I am a text file\n" * 100, b"\xff" * 1000, bytes(1000)])
def test_what_is_no_model_is_a_refusal(tflm: TflmPool, content: bytes) -> None:
    refusal = tflm.measure(content)

    assert isinstance(refusal, Refusal)
    assert refusal.reason
    assert "\n" not in refusal.reason


def test_damaged_models_never_harm_us(tflm: TflmPool) -> None:
    model = (SMALL / "motion_fp32.tflite").read_bytes()
    generator = np.random.default_rng(7)
    for position in generator.integers(0, len(model), 60):
        damaged = bytearray(model)
        damaged[position] ^= 1 << int(generator.integers(8))

        answer = tflm.measure(bytes(damaged), timeout_seconds=5)

        assert isinstance(answer, Measurement | Refusal)
    for length in range(0, len(model), len(model) // 20):
        assert isinstance(tflm.measure(model[:length], timeout_seconds=5), Measurement | Refusal)


def test_threads_share_a_pool(tflm: TflmPool) -> None:
    answers: list[Measurement | Refusal] = []
    threads = [
        threading.Thread(target=lambda: answers.append(tflm.measure(SMALL / "motion_fp32.tflite"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)


def test_a_pools_calls_start_no_more_processes(tflm: TflmPool, monkeypatch: pytest.MonkeyPatch) -> None:
    model = (SMALL / "motion_fp32.tflite").read_bytes()
    first = tflm.measure(model)

    def started(*_: object, **__: object) -> None:
        pytest.fail("a call has started a process")

    # The child is there; each call is a fork of it, which has imported all it needs.
    monkeypatch.setattr("arenafit.runtime.host.subprocess.Popen", started)
    assert all(tflm.measure(model) == first for _ in range(20))


def test_what_cannot_be_asked_is_told(tflm: TflmPool, tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match="No such file"):
        tflm.measure(tmp_path / "none.tflite")
    with pytest.raises(ModelFormatError, match="Is a directory"):
        tflm.measure(tmp_path)
    with pytest.raises(DataError, match="choose from"):
        tflm.measure(SMALL / "motion_fp32.tflite", inputs=GeneratedInputs(1, kinds=("best",)))
    with pytest.raises(DataError, match="expected type"):
        tflm.run(SMALL / "mobile_int8.tflite", [[np.zeros((1, 2), np.float32)]])


def test_without_the_wheel_the_error_says_what_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("arenafit.runtime.tflm.version", missing)
    with pytest.raises(RuntimeUnavailableError, match="rewriting them works"):
        TflmRuntime()


@pytest.mark.parametrize("name", ["mobile_int8", "motion_fp32", "streaming_int8"])
def test_litert_is_a_second_witness(tflm: TflmPool, name: str) -> None:
    model = SMALL / f"{name}.tflite"
    with LiteRtPool(workers=1) as litert:
        seen = measured(litert.measure(model))
        theirs = computed(litert.run(model, GeneratedInputs(5)))
    ours = computed(tflm.run(model, GeneratedInputs(5)))

    assert (seen.head_bytes, seen.min_arena_bytes, seen.records) == (None, None, ())
    assert theirs.inputs == ours.inputs
    for batch, other in zip(ours.batches, theirs.batches, strict=True):
        for want, got in zip(batch, other, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6) if want.dtype.kind == "f" else (
                np.testing.assert_array_equal(got, want)
            )


def test_litert_refuses_what_is_no_model() -> None:
    for optimized in (False, True):
        refusal = LiteRtRuntime(optimized=optimized).measure(b"hello")

        assert isinstance(refusal, Refusal)
        assert refusal.stage is Stage.LOAD


def test_the_smallest_arena_counts_outputs_where_a_frame_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    # Before a frame is over its outputs hold what stood in memory, which hangs on the arena's size.
    results = [(np.array([1]),), (np.array([2]),), (np.array([3]),), (np.array([4]),)]
    expected = [(np.array([9]),), (np.array([2]),), (np.array([9]),), (np.array([4]),)]
    monkeypatch.setattr(tflm_child, "invoke_all", lambda *_: results)
    job = {"reset": False, "calls": 2}
    assert tflm_child._same(cast("Any", None), (), expected, job)
    assert not tflm_child._same(cast("Any", None), (), [*expected[:3], (np.array([5]),)], job)
    assert not tflm_child._same(cast("Any", None), (), expected, job | {"calls": 1})
