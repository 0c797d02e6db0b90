"""The arena beside an application's planner, as measured on emulated boards: 16 bytes less were refused."""

import pytest

from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import read_model
from arenafit.tflm import footprint
from support.corpus import corpus_model


@pytest.mark.corpus
@pytest.mark.parametrize(("name", "head_bytes", "measured_bytes"), [("dev/mww__stop", 1_984, 12_448)])
def test_a_planner_of_the_application_needs_none_of_what_is_left(
    name: str, head_bytes: int, measured_bytes: int
) -> None:
    # What is left is not rounded for a planner that asks for nothing: rounding took 12,464.
    found = footprint(read_model(corpus_model(name)), CORTEX_M4).planned_elsewhere(head_bytes)
    assert found.min_arena_bytes == measured_bytes
