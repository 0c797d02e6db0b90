"""Predicted against measured on wheels of other years; `python benchmarks/releases.py` does so for one each quarter."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from arenafit.runtime import GeneratedInputs, Refusal, Stage, TflmPool
from arenafit.targets.releases import wheel_target
from arenafit.tflite import read_model, write_bytes
from arenafit.tflm import footprint
from arenafit.tflm.comparison import compare
from arenafit.validity import diagnose
from support.corpus import corpus_models
from support.models import conv_chain
from support.old_wheels import old_pool

# One from before TF_LITE_STATIC_MEMORY, one from before compressed tensors, one with both.
RELEASES = ("oldest", "2025-03", "2025-12")
# Refuses negative numbers when invoked, which random inputs contain.
NEEDS_POSITIVE_INPUTS = {"litert__single_rsqrt_default_a16w8_recipe_quantized"}


@pytest.fixture(scope="module", params=RELEASES)
def pool(request: pytest.FixtureRequest) -> Iterator[TflmPool]:
    with old_pool(request.param) as pool:
        yield pool


def test_a_model_of_ours_is_measured_as_predicted(pool: TflmPool, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(conv_chain()))
    agree(pool, path, min_arena=True)


@corpus_models("dev")
def test_models_are_measured_as_predicted(pool: TflmPool, path: Path) -> None:
    agree(pool, path)


def agree(pool: TflmPool, path: Path, *, min_arena: bool = False) -> None:
    inputs = GeneratedInputs(1, kinds=("max",)) if path.stem in NEEDS_POSITIVE_INPUTS else GeneratedInputs(1)
    measured = pool.measure(path, inputs=inputs, min_arena=min_arena)
    if isinstance(measured, Refusal):
        if measured.stage is Stage.TIMEOUT:
            pytest.skip(f"the model takes too long: {measured.reason}")
        assert any(finding.stops for finding in diagnose(read_model(path), wheel_target(pool.id.version)))
        return
    comparison = compare(footprint(read_model(path), wheel_target(pool.id.version)), measured)
    assert comparison.equal, comparison.differing
