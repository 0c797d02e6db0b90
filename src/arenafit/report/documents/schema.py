"""JSON Schemas of the documents, made from their types: nothing that ``--json`` prints is described twice."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from arenafit.report import documents
from arenafit.report.documents.document import Document

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: Mapping[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    Path: {"type": "string"},
    NoneType: {"type": "null"},
    Any: {},
    object: {},
}


def document_types() -> dict[str, type[Document]]:
    """Return every document of this room, by its name."""
    found: dict[str, type[Document]] = {}
    for info in iter_modules(documents.__path__):
        module = import_module(f"{documents.__name__}.{info.name}")
        for item in vars(module).values():
            if isinstance(item, type) and issubclass(item, Document) and item is not Document:
                found[item.NAME] = item
    return dict(sorted(found.items()))


def schema_of(document: type[Document]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what ``--json`` prints of a document.

    Fields may be added without a new version, so others than these are allowed.

    Raises:
        TypeError: if a field has a type that JSON has no form for.
    """
    made = _Definitions()
    body = made.fields_of(document)
    begin = {
        "document": {"const": f"arenafit.{document.NAME}"},
        "version": {"const": document.VERSION},
        "arenafit": {"type": "string"},
    }
    return {
        "$schema": _DIALECT,
        "title": f"arenafit.{document.NAME}",
        "description": " ".join((document.__doc__ or "").split()),
        "type": "object",
        "properties": {**begin, **body["properties"]},
        "required": [*begin, *body["required"]],
        "$defs": dict(sorted(made.found.items())),
    }


class _Definitions:
    """The schemas of the classes met on the way."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def fields_of(self, kind: type[Any]) -> dict[str, Any]:
        """Return the properties of a dataclass; all are printed, so all are required."""
        hints = get_type_hints(kind)
        named = [field for field in fields(kind) if field.name in hints]
        return {
            "type": "object",
            "properties": {field.name: self.of(hints[field.name]) for field in named},
            "required": [field.name for field in named if field.default is MISSING or field.init],
        }

    def of(self, hint: Any) -> dict[str, Any]:
        """Return the schema of a type."""
        hint = getattr(hint, "__supertype__", hint)  # an id is what it is made of
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        origin, parts = get_origin(hint), get_args(hint)
        if origin in (Union, UnionType):
            return {"anyOf": [self.of(part) for part in parts]}
        if origin is not None and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(parts[1])}
        if origin is not None:
            return self._array(parts)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return {"enum": [member.value for member in hint]}
        if isinstance(hint, type) and is_dataclass(hint):
            return self._reference(hint)
        raise TypeError(f"{hint!r} has no form in JSON")

    def _array(self, parts: tuple[Any, ...]) -> dict[str, Any]:
        if len(parts) == 1 or parts[1:] == (Ellipsis,):
            return {"type": "array", "items": self.of(parts[0])}
        count = len(parts)
        return {"type": "array", "prefixItems": [self.of(part) for part in parts], "minItems": count, "maxItems": count}

    def _reference(self, kind: type[Any]) -> dict[str, Any]:
        name = f"{kind.__module__.removeprefix('arenafit.')}.{kind.__qualname__}"
        if name not in self.found:
            self.found[name] = {}  # met again inside itself, it is referred to
            self.found[name] = self.fields_of(kind)
        return {"$ref": f"#/$defs/{name}"}
