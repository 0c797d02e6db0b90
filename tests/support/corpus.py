"""The model corpus that ARENAFIT_CORPUS names: its files, its index, and parametrisation over them."""

import csv
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "ARENAFIT_CORPUS"
SETS = ("dev", "case", "refused")


def corpus_root() -> Path | None:
    """Return the directory that holds models/, None if the variable is unset or leads nowhere."""
    named = os.environ.get(VARIABLE)
    root = Path(named) if named else None
    return root if root is not None and (root / "models").is_dir() else None


def corpus_files(*sets: str) -> list[Path]:
    """Return the models of the `sets` (all of them if none is named), in name order; nothing without a corpus."""
    root = corpus_root()
    if root is None:
        return []
    return [path for name in sets or SETS for path in sorted((root / "models" / name).glob("*.tflite"))]


def corpus_model(name: str) -> Path:
    """Return one model, such as ``dev/tflm__person_detect``; skips the test if it is not there."""
    root = corpus_root()
    path = None if root is None else root / "models" / f"{name}.tflite"
    if path is None or not path.is_file():
        pytest.skip(f"needs the model corpus: set {VARIABLE} to a directory with models/{name}.tflite")
    return path


def corpus_file(name: str) -> Path:
    """Return one file, such as ``cases/flex_op.tflite``; skips the test if it is not there."""
    root = corpus_root()
    path = None if root is None else root / name
    if path is None or not path.is_file():
        pytest.skip(f"needs the model corpus: set {VARIABLE} to a directory with {name}")
    return path


def corpus_models(*sets: str) -> pytest.MarkDecorator:
    """Parametrise a test's `path` over the models of the `sets`, one skipped case with the reason if there are none."""
    found: list[Any] = [
        pytest.param(path, id=f"{path.parent.name}/{path.stem}", marks=pytest.mark.corpus)
        for path in corpus_files(*sets)
    ]
    reason = f"needs the model corpus: set {VARIABLE} to a directory with models/"
    missing = pytest.param(Path(), id="no-corpus", marks=[pytest.mark.corpus, pytest.mark.skip(reason=reason)])
    return pytest.mark.parametrize("path", found or [missing])


@cache
def corpus_index() -> dict[str, dict[str, str]]:
    """Return the rows of INDEX.tsv by ``set/name``; empty without a corpus."""
    root = corpus_root()
    if root is None:
        return {}
    with (root / "models" / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        return {f"{row['set']}/{row['name']}": row for row in csv.DictReader(file, delimiter="\t")}
