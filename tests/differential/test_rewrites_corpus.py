"""Every rewrite on every model of the corpus, judged by the real TFLM and, where a move promises it, by LiteRT."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from arenafit.rewrites.pipeline import all_rewrites, cleanup
from arenafit.tflite import read_model
from support.corpus import corpus_models
from support.verdict import Judges, judges

# Streaming has its own suite; it needs a plan before a runtime can judge it.
REWRITES = [rewrite for rewrite in all_rewrites() if not type(rewrite).__module__.count(".streaming")]
MOVES_PER_REWRITE = 3


@pytest.fixture(scope="module")
def court() -> Iterator[Judges]:
    with judges() as found:
        yield found


@corpus_models("dev", "case")
def test_moves_compute_the_same(path: Path, court: Judges) -> None:
    model = read_model(path)
    for rewrite in REWRITES:
        moves = list(rewrite.propose(model))
        chosen = random.Random(path.stem).sample(moves, min(MOVES_PER_REWRITE, len(moves)))  # noqa: S311 - a sample, no secret
        for move in chosen:
            made = rewrite.apply(model, move)
            assert court.complaint(path.read_bytes(), made, validity=move.validity) is None, (rewrite.name, move)


@corpus_models("dev", "case")
def test_cleaning_up_computes_the_same(path: Path, court: Judges) -> None:
    model = read_model(path)
    made, moves = cleanup(model)
    assert cleanup(made) == (made, [])
    if moves:
        assert court.complaint(path.read_bytes(), made) is None, [move.note for move in moves]
