"""Parts in one arena on models of the corpus: the replayed hand-over is equal, and the arenas are what was reached."""

import pytest

from arenafit.fit import Settings
from arenafit.fit.feeding.frames import FRAMES_VERIFIED
from arenafit.fit.parts import fit_parts
from arenafit.fit.settings import FedInput
from arenafit.rewrites.protocol import Validity
from arenafit.targets.target import CORTEX_M4, WHEEL
from arenafit.tflite import read_bytes
from arenafit.tflm import footprint
from support.corpus import corpus_model

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
pytestmark = pytest.mark.corpus


@pytest.mark.parametrize(
    ("name", "parts", "arena_bytes"),
    [("dev/tflm__person_detect", 2, 29_600), ("dev/silabs__keyword_spotting_alexa", 3, 26_700)],
)
def test_parts_hand_over_what_the_whole_computes(name: str, parts: int, arena_bytes: int) -> None:
    content = corpus_model(name).read_bytes()
    made = fit_parts(content, name, parts, Settings(effort="fast", validity=Validity.TFLM))
    assert made.replay.inputs == 12
    assert made.replay.verified
    assert made.shared.arena_bytes <= arena_bytes
    assert made.shared.arena_bytes == max(part.memory.arena_bytes for part in made.parts)
    assert [part.end for part in made.parts[:-1]] == [part.first for part in made.parts[1:]]
    for part in made.parts:
        fitted = read_bytes(part.fit.content, "part")
        assert part.fit.verdict.min_arena_bytes == footprint(fitted, WHEEL).min_arena_bytes
        two = footprint(fitted, CORTEX_M4).two_arenas
        assert part.memory.arena_bytes == two.persistent_bytes + two.non_persistent_bytes


@pytest.mark.parametrize(
    ("name", "parts", "arena_bytes"),
    [("dev/tflm__person_detect", 3, 23_300), ("dev/mlperftiny__vww_96_int8", 2, 25_000)],
)
def test_parts_whose_first_is_fed_by_rows(name: str, parts: int, arena_bytes: int) -> None:
    content = corpus_model(name).read_bytes()
    made = fit_parts(content, name, parts, Settings(effort="fast", feed=FedInput()))
    assert made.replay.inputs == FRAMES_VERIFIED
    assert made.replay.verified
    assert made.shared.arena_bytes <= arena_bytes
    assert [part.fit.feed is not None for part in made.parts] == [True] + [False] * (parts - 1)
    for part in made.parts:
        fitted = read_bytes(part.fit.content, "part")
        assert part.fit.verdict.min_arena_bytes == footprint(fitted, WHEEL).min_arena_bytes
