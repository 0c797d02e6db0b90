"""Models of the corpus fed by rows: frames in a row are equal, the arena is as predicted, as small as was reached."""

import pytest

from arenafit.fit import Settings
from arenafit.fit.feeding.frames import FRAMES_VERIFIED
from arenafit.fit.run import fit_bytes
from arenafit.fit.settings import FedInput
from arenafit.ir import feed_of
from arenafit.rewrites.protocol import Validity
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_bytes
from arenafit.tflm import footprint
from support.corpus import corpus_model

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
pytestmark = pytest.mark.corpus


@pytest.mark.parametrize(
    ("name", "rows", "arena_bytes"),
    [
        ("dev/mlperftiny__vww_96_int8", 96, 34_000),
        ("dev/silabs__visual_wake_words", 96, 37_500),  # of floats, quantised in the arena
        ("dev/silabs__keyword_spotting_pacman", 69, 12_500),  # a spectrogram, fed along time
    ],
)
def test_rows_give_what_whole_inputs_give(name: str, rows: int, arena_bytes: int) -> None:
    content = corpus_model(name).read_bytes()
    made = fit_bytes(content, name, Settings(effort="fast", validity=Validity.TFLM, feed=FedInput()))
    fitted = read_bytes(made.content, "fitted")
    feed = feed_of(fitted)
    assert feed is not None
    assert feed.rows == rows
    assert made.verdict.verified
    assert made.verdict.inputs == FRAMES_VERIFIED
    assert made.steps[-1].predicted_bytes <= arena_bytes
    assert made.verdict.min_arena_bytes == footprint(fitted, WHEEL).min_arena_bytes
