"""Every rewrite on every model of the corpus, judged by the real TFLM and by desktop LiteRT."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from arenafit.rewrites.pipeline import cleanup
from arenafit.rewrites.protocol import Move, Validity
from arenafit.tflite import read_model
from support.corpus import corpus_models
from support.rewrite_cases import suite
from support.verdict import Judges, judges

REWRITES = suite()
MOVES_PER_REWRITE = 2


@pytest.fixture(scope="module")
def court() -> Iterator[Judges]:
    with judges() as found:
        yield found


@corpus_models("dev", "case")
def test_moves_compute_the_same(path: Path, court: Judges) -> None:
    model = read_model(path)
    offers = [(rewrite, move) for rewrite in REWRITES for move in _sample(path.stem, list(rewrite.propose(model)))]
    for validity in Validity:
        there = [(rewrite, move) for rewrite, move in offers if move.validity is validity]
        made = [rewrite.apply(model, move) for rewrite, move in there]
        complaints = court.complaints(path.read_bytes(), made, validity=validity, count=3) if made else []
        assert [(move, found) for (_, move), found in zip(there, complaints, strict=True) if found] == []


def _sample(seed: str, moves: list[Move]) -> list[Move]:
    return random.Random(seed).sample(moves, min(MOVES_PER_REWRITE, len(moves)))  # noqa: S311 - a sample, no secret


@corpus_models("dev", "case")
def test_cleaning_up_computes_the_same(path: Path, court: Judges) -> None:
    model = read_model(path)
    made, moves = cleanup(model)
    assert cleanup(made) == (made, [])
    if moves:
        assert court.complaint(path.read_bytes(), made, count=3) is None, [move.note for move in moves]
