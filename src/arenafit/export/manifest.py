"""ESPHome's manifest of a microWakeWord model: the size of its arena brought up to date."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arenafit.errors import DataError
from arenafit.ir import Model
from arenafit.targets.target import Target
from arenafit.textfiles import parse_json, read_text
from arenafit.tflm import footprint
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up

# For what differs between versions of ESP-NN and of TFLM: scratch buffers are counted for the chip.
MANIFEST_MARGIN_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest with another arena size. `before_bytes` is None where none was stated."""

    text: str
    before_bytes: int | None
    predicted_bytes: int
    after_bytes: int


def updated_manifest(path: Path, model: Model, targets: Sequence[Target], margin_bytes: int) -> Manifest:
    """Return the manifest in `path` with the arena size of `model`, enough on each target; everything else stays.

    ESPHome keeps the table of resource variables in an arena of its own, so it is not counted here.

    Raises:
        DataError: if the file is no manifest of a micro model.
        UnsupportedModelError: if the model's memory cannot be predicted.
    """
    manifest = _read(path)
    micro = manifest["micro"]
    before = micro.get("tensor_arena_size")
    predicted_bytes = max(footprint(model, target, resource_variables=0).min_arena_bytes for target in targets)
    after_bytes = align_up(predicted_bytes + margin_bytes, ARENA_ALIGNMENT_BYTES)
    micro["tensor_arena_size"] = after_bytes
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return Manifest(text, before if isinstance(before, int) else None, predicted_bytes, after_bytes)


def _read(path: Path) -> dict[str, Any]:
    found = parse_json(read_text(path, DataError), str(path), DataError)
    if not isinstance(found, dict) or found.get("type") != "micro" or not isinstance(found.get("micro"), dict):
        raise DataError(f"{path}: is no manifest of a micro model ('type' is not 'micro', or 'micro' is missing)")
    return found
