"""Small files that people write or tools print: TOML, JSON, CSV. Read whole, if they can be it."""

import json
import tomllib
from pathlib import Path
from typing import Any

from arenafit.errors import ArenafitError

# A configuration is a few kilobytes, a document of a large model a few megabytes.
_LARGEST_BYTES = 1 << 26


def read_text(path: Path, error: type[ArenafitError], *, what: str = "") -> str:
    """Return the text of a regular file.

    Args:
        path: the file; a device or a pipe, which may never end, is refused.
        error: what is raised where the file cannot be read.
        what: what it should be, for the message; it stands before the path.
    """
    where = f"{what} '{path}'" if what else f"{path}:"
    try:
        if path.exists() and not path.is_file():
            raise error(f"{where} is not a regular file")
        size_bytes = path.stat().st_size
        if size_bytes > _LARGEST_BYTES:
            raise error(f"{where} has {size_bytes:,} bytes; at most {_LARGEST_BYTES:,} are read")
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise error(f"{where} is no text in UTF-8") from None
    except (OSError, ValueError) as reason:
        raise error(f"{where} cannot be read: {getattr(reason, 'strerror', None) or reason}") from None


def parse_json(text: str, where: str, error: type[ArenafitError]) -> Any:
    """Return what a JSON text says; `error` is raised, its message beginning with `where`, if it is none."""
    try:
        return json.loads(text)
    except RecursionError:
        raise error(f"{where}: is nested too deeply to be read as JSON") from None
    except ValueError as reason:
        raise error(f"{where}: is no JSON: {reason}") from None


def parse_toml(text: str, where: str, error: type[ArenafitError]) -> dict[str, Any]:
    """Return what a TOML text says; `error` is raised, its message beginning with `where`, if it is none."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise error(f"{where}: is nested too deeply to be read as TOML") from None
    except ValueError as reason:
        raise error(f"{where}: is not TOML: {reason}") from None
