"""A folder of iterations: the original, each model that was made of it, and what each takes and loses."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from arenafit.errors import ConfigError, OutputError
from arenafit.outputs import save_bytes
from arenafit.tflite import read_file

INDEX = "history.json"
ORIGINAL = "original.tflite"


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the folder. `parent`: the number of the entry it was made from, 0 the original.

    `drop` is the loss on calibration data against what `prune` was given; `parameters` what it was told.
    """

    number: int
    parent: int
    file: str
    sha256: str
    made_by: str
    arena_bytes: int
    flash_bytes: int
    instructions: int
    drop: float
    kept: dict[str, list[int]]
    parameters: dict[str, Any]


@dataclass(frozen=True)
class History:
    """A folder and its entries."""

    folder: Path
    entries: tuple[Entry, ...]

    @property
    def original(self) -> Path:
        """The model that all verdicts are against."""
        return self.folder / ORIGINAL

    def number_of(self, content: bytes) -> int | None:
        """Return the number of the model `content`, 0 for the original, None if the folder has none like it."""
        digest = _digest(content)
        if self.original.exists() and _digest(read_file(self.original)) == digest:
            return 0
        return next((entry.number for entry in self.entries if entry.sha256 == digest), None)


def load_history(folder: Path) -> History:
    """Return the history in `folder`.

    Raises:
        ConfigError: if there is none, or it cannot be read.
    """
    try:
        data = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        entries = tuple(_entry(item) for item in data["entries"])
    except FileNotFoundError:
        raise ConfigError(f"{folder}: no {INDEX} there; `prune --history` writes one") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigError(f"{folder / INDEX}: is no history ({type(error).__name__})") from None
    return History(folder, entries)


def open_history(folder: Path, content: bytes) -> tuple[History, int]:
    """Return the history in `folder`, begun with the model `content` where there is none, and that model's number.

    Raises:
        ConfigError: if the folder's history is about another model.
        OutputError: if the folder cannot be made.
    """
    if not (folder / INDEX).exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder}: cannot be made: {error.strerror or error}") from error
        save_bytes(content, folder / ORIGINAL)
        _write(folder, ())
    found = load_history(folder)
    number = found.number_of(content)
    if number is None:
        raise ConfigError(f"{folder}: is the history of another model; name a folder of this one's own")
    return found, number


def add_entry(history: History, content: bytes, entry: Entry) -> History:
    """Return the history with one entry more, its model written beside it; the entry's file and digest are set here."""
    number = len(history.entries) + 1
    file = f"{number:03d}-{entry.made_by}.tflite"
    save_bytes(content, history.folder / file)
    added = Entry(**{**asdict(entry), "number": number, "file": file, "sha256": _digest(content)})
    entries = (*history.entries, added)
    _write(history.folder, entries)
    return History(history.folder, entries)


def _entry(item: dict[str, Any]) -> Entry:
    """Return what an item of the index states.

    Raises:
        TypeError: if a field is missing, unknown, or not of its type.
    """
    entry = Entry(**item)
    counts = (entry.number, entry.parent, entry.arena_bytes, entry.flash_bytes, entry.instructions)
    channels = list(entry.kept.values()) if isinstance(entry.kept, dict) else [None]
    if not (
        all(isinstance(count, int) for count in counts)
        and isinstance(entry.drop, int | float)
        and all(isinstance(text, str) for text in (entry.file, entry.sha256, entry.made_by))
        and all(isinstance(pair, list) and [type(n) for n in pair] == [int, int] for pair in channels)
    ):
        raise TypeError(f"entry {entry.number}")
    return entry


def _write(folder: Path, entries: tuple[Entry, ...]) -> None:
    text = json.dumps({"version": 1, "entries": [asdict(entry) for entry in entries]}, indent=2)
    save_bytes(text.encode(), folder / INDEX)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
