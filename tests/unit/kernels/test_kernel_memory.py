"""Every kernel file against the real TFLM: a minimal model of its operator, predicted and measured."""

from collections.abc import Iterator

import pytest

from arenafit.kernels import kernels
from arenafit.runtime import Category as Title
from arenafit.runtime import GeneratedInputs, Measurement, TflmPool
from arenafit.tflite import write_bytes
from arenafit.tflm import Footprint, footprint
from support.kernel_cases import KERNEL_CASES
from support.recorded import recorded
from support.signal_cases import SIGNAL_CASES

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

CASES = {**KERNEL_CASES, **SIGNAL_CASES}
# TFLM gets by with less only because what it overwrites of its temporary tensors happens to be of no use any more:
# the last buffers are smaller than what they overlap, or are written when the model runs.
SMALLER_BY_LUCK = {
    ("BATCH_MATMUL", kind + transposes) for kind in ("int8_", "int16_") for transposes in ("00", "10", "11")
} | {("TFLM_DECODE", "prune_per_channel")}
# Its unused output elements are never written, so that no two runs agree and no smallest arena can be found.
NO_SMALLEST_ARENA = {("TFLite_Detection_PostProcess", "float")}


@pytest.fixture(scope="module")
def tflm() -> Iterator[TflmPool]:
    with TflmPool(workers=1) as pool:
        yield pool


def test_every_kernel_has_a_case() -> None:
    assert {name for _, name in kernels()} == set(CASES)


@pytest.mark.parametrize(
    ("name", "variant"), [(name, variant) for name, variants in CASES.items() for variant in variants]
)
def test_a_minimal_model_takes_what_is_predicted(tflm: TflmPool, name: str, variant: str) -> None:
    model = CASES[name][variant]()
    measured = tflm.measure(write_bytes(model), inputs=GeneratedInputs(1, kinds=("max",)), min_arena=True)
    assert isinstance(measured, Measurement), measured.reason

    predicted = footprint(model)

    assert (predicted.head_bytes, predicted.tail_bytes) == (measured.head_bytes, measured.tail_bytes)
    assert recorded(predicted) == {title: measured.record(title) for title in Title}
    _check_smallest_arena(predicted, measured, (name, variant))


def _check_smallest_arena(predicted: Footprint, measured: Measurement, case: tuple[str, str]) -> None:
    if case in NO_SMALLEST_ARENA:
        assert measured.min_arena_bytes is None
        return
    assert measured.min_arena_bytes is not None
    if case in SMALLER_BY_LUCK:
        assert 0 < predicted.min_arena_bytes - measured.min_arena_bytes <= 32
        return
    assert predicted.min_arena_bytes == measured.min_arena_bytes, predicted.binding
