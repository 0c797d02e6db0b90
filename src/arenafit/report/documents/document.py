"""Documents: plain, versioned data that every format renders and that tests assert on.

A document is a frozen dataclass derived from `Document`. Sizes are bytes. Its version grows when a field changes its
meaning or goes; new fields may come without it.
"""

import json
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Self

from arenafit._version import __version__


@dataclass(frozen=True)
class Document:
    """Base of all documents."""

    NAME: ClassVar[str]
    VERSION: ClassVar[int]

    def __init_subclass__(cls) -> None:
        # Standing in the class itself, it is not replaced by the long one of dataclasses.
        cls.__repr__ = Document.__repr__  # type: ignore[method-assign]

    def headline(self) -> str:
        """Return the document in one line: its answer, else what it is about."""
        answer = getattr(self, "answer", None)
        if answer is not None:
            return str(answer.result)
        model = getattr(self, "model", None)
        return str(model) if isinstance(model, str) else f"{len(fields(self))} fields"

    def __repr__(self) -> str:
        text = self.headline().splitlines()[0]
        return f"<{type(self).__name__}: {''.join(letter if letter.isprintable() else '?' for letter in text)}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the verdict, and a picture of the arena where the document has one."""
        from arenafit.report.render.notebook import render  # noqa: PLC0415  # only notebooks ask for it

        return str(render(self))

    def to_json(self) -> str:
        """Return the document as indented JSON, as ``--json`` prints it."""
        return json.dumps(plain(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the document that `to_json`, or ``--json``, wrote.

        Raises:
            DataError: if `text` is no JSON, another document or another version of it, or a field has the wrong type.
        """
        from arenafit.report.documents.decoding import decoded  # noqa: PLC0415  # only readers need it

        return decoded(cls, text)


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
