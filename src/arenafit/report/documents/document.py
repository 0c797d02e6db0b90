"""Documents: plain, versioned data that every format renders and that tests assert on.

A document is a frozen dataclass derived from `Document`. Sizes are bytes. Its version grows when a field changes its
meaning or goes; new fields may come without it.
"""

from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar

from arenafit._version import __version__


@dataclass(frozen=True)
class Document:
    """Base of all documents."""

    NAME: ClassVar[str]
    VERSION: ClassVar[int]


def header(name: str, version: int) -> dict[str, Any]:
    """Return how every JSON document begins."""
    return {"document": f"arenafit.{name}", "version": version, "arenafit": __version__}


def plain(document: Document) -> dict[str, Any]:
    """Return the document as JSON-ready data: its header, then its fields."""
    return {**header(document.NAME, document.VERSION), **_fields(document)}


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
