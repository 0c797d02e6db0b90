"""Parts that share one arena, on their way into firmware: what `fit --parts` wrote is read back and checked."""

import hashlib
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from arenafit.errors import ConfigError, DataError
from arenafit.export.firmware_sources import Firmware
from arenafit.textfiles import parse_json, read_text
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up

PARTS_FILE = "parts.json"
_DOCUMENT = "arenafit.parts"


@dataclass(frozen=True, slots=True)
class PartFile:
    """A part as the manifest names it, with its bytes."""

    path: Path
    content: bytes


@dataclass(frozen=True, slots=True)
class PartsFirmware:
    """A model in parts. `whole` has its name, all operators, the inputs of the first part, the outputs of the last.

    `handed_bytes` are the sizes of the tensors between parts. Sizes have each part's margin added.
    """

    whole: Firmware
    parts: tuple[Firmware, ...]
    handed_bytes: tuple[int, ...]

    @property
    def tails_bytes(self) -> tuple[int, ...]:
        """What each part takes at the end of the arena, and its image outside."""
        return tuple(part.persistent_bytes for part in self.parts)

    @property
    def arena_bytes(self) -> int:
        """The arena: what the largest part needs."""
        return max(part.persistent_bytes + part.non_persistent_bytes for part in self.parts)

    @property
    def images_bytes(self) -> int:
        """All images."""
        return sum(self.tails_bytes)

    @property
    def min_arena_bytes(self) -> int:
        """The arena without any margin."""
        return max(part.min_persistent_bytes + part.min_non_persistent_bytes for part in self.parts)

    @property
    def min_images_bytes(self) -> int:
        """All images without any margin."""
        return sum(align_up(part.min_persistent_bytes, ARENA_ALIGNMENT_BYTES) for part in self.parts)


def is_parts(path: Path) -> bool:
    """Whether `path` is what `fit --parts` wrote: a folder with parts, or the file that lists them."""
    return path.name == PARTS_FILE or (path / PARTS_FILE).is_file()


def read_parts(path: Path) -> tuple[str, tuple[PartFile, ...]]:
    """Return the name of the model that the parts were made of, and the parts in order.

    Raises:
        DataError: if there is no list of parts, or a part is missing or is not the one that was listed.
    """
    manifest = path / PARTS_FILE if path.is_dir() else path
    found = _read(manifest)
    rows = found.get("parts")
    if found.get("document") != _DOCUMENT or not isinstance(rows, list) or len(rows) < 2:
        raise DataError(f"{manifest}: is no list of parts as `fit --parts` writes it")
    return Path(str(found.get("model", "model"))).name, tuple(_part(manifest, row) for row in rows)


def read_original(path: Path) -> tuple[PartFile, str]:
    """Return the model that the parts at `path` were made of, and what is claimed of their outputs.

    Raises:
        DataError: if it is not where it was, or is another one now.
    """
    manifest = path / PARTS_FILE if path.is_dir() else path
    found = _read(manifest)
    original = Path(str(found.get("model", "")))
    try:
        content = original.read_bytes()
    except (OSError, ValueError) as error:
        raise DataError(f"{manifest}: the model it was made of, {original}, cannot be read: {_why(error)}") from None
    if hashlib.sha256(content).hexdigest() != found.get("model_sha256"):
        raise DataError(f"{original}: is not the model that {manifest} was made of: its content changed")
    return PartFile(original, content), str(found.get("claim", ""))


def _part(manifest: Path, row: Any) -> PartFile:
    name = row.get("file") if isinstance(row, dict) else None
    if not isinstance(name, str) or Path(name).name != name:
        raise DataError(f"{manifest}: lists a part without the name of a file beside it")
    path = manifest.parent / name
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: the part cannot be read: {_why(error)}") from None
    if hashlib.sha256(content).hexdigest() != row.get("sha256"):
        raise DataError(f"{path}: is not the part that {PARTS_FILE} lists: its content changed; fit the model again")
    return PartFile(path, content)


def _why(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _read(manifest: Path) -> dict[str, Any]:
    found = parse_json(read_text(manifest, DataError), str(manifest), DataError)
    if not isinstance(found, dict):
        raise DataError(f"{manifest}: is no list of parts as `fit --parts` writes it")
    return found


def joined(name: str, file_name: str, parts: tuple[Firmware, ...]) -> PartsFirmware:
    """Return the parts as one model called `name`, made from `file_name`.

    Raises:
        ConfigError: if what a part makes is not what the next one reads.
    """
    handed = []
    for number, (before, after) in enumerate(pairwise(parts), start=1):
        made = [item for item in before.boundaries if item.role == "output"]
        read = [item for item in after.boundaries if item.role == "input"]
        if len(made) != 1 or len(read) != 1 or (made[0].dtype, made[0].shape) != (read[0].dtype, read[0].shape):
            raise ConfigError(f"part {number} of {file_name} does not make the one tensor that part {number + 1} reads")
        handed.append(made[0].size_bytes)
    first, last = parts[0], parts[-1]
    boundaries = [item for item in first.boundaries if item.role == "input"]
    boundaries += [item for item in last.boundaries if item.role == "output"]
    whole = replace(
        first,
        name=name,
        file_name=file_name,
        methods=tuple(sorted({method for part in parts for method in part.methods})),
        customs=tuple(sorted({custom for part in parts for custom in part.customs}, key=lambda custom: custom.code)),
        boundaries=tuple(boundaries),
        needs=tuple(sorted({need for part in parts for need in part.needs}, key=lambda need: need.month)[::-1]),
        estimated=tuple(dict.fromkeys(text for part in parts for text in part.estimated)),
    )
    return PartsFirmware(whole, parts, tuple(handed))
