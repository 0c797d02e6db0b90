"""What the corpus's golden/arena*.jsonl files say of a model, against what is predicted."""

from functools import cache
from pathlib import Path
from typing import Any

from arenafit.errors import ArenafitError
from arenafit.ir import Model
from arenafit.targets.target import Target
from arenafit.tflite import read_model
from arenafit.tflm import footprint
from support.corpus import corpus_files


@cache
def _paths() -> dict[str, Path]:
    return {path.name: path for path in corpus_files()}


@cache
def model(name: str) -> Model:
    """Return the model of this file name."""
    return read_model(_paths()[name])


def differences(row: dict[str, Any], target: Target) -> dict[str, Any]:
    """Return (predicted, measured) of every figure of a line that is off; empty if none is."""
    try:
        predicted = _figures(row["model"], target)
    except ArenafitError as error:
        return {"error": str(error)}
    categories = {key: value for key, value in row["categories"].items() if key != "op_data"}
    ordinary = {side: row["ordinary"][side] for side in ("head", "tail")}
    measured = {
        "recording": row["recording"],
        "ordinary": ordinary,
        "min_arena": row["min_arena"],
        "categories": categories,
    }
    return {key: (predicted[key], measured[key]) for key in measured if predicted[key] != measured[key]}


def _figures(name: str, target: Target) -> dict[str, Any]:
    found = footprint(model(name), target)
    recording = found.recording
    categories = {
        category.value: {"used": line.used_bytes, "requested": line.requested_bytes, "count": line.count}
        for category, line in recording.categories.items()
    }
    return {
        "recording": {
            "head": recording.head_bytes,
            "tail": recording.tail_bytes,
            "total": recording.total_bytes,
        },
        "ordinary": {"head": found.head_bytes, "tail": found.tail_bytes},
        "min_arena": found.min_arena_bytes,
        "categories": categories,
    }
