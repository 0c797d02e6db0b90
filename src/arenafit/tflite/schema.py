"""The TFLite schema as data: what decode.py and encode.py walk, parsed from schema.txt."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

Kind = Literal["scalar", "string", "bytes", "vector", "table", "tables", "union", "deprecated"]

_FORMATS = {
    "bool": "?",
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
}
_SIZES = {"?": 1, "b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8, "f": 4}
_FIELD = re.compile(r"(\w+):(\[?)(\w+)\]?(?:=(-?\w+))?")
# Byte vectors that the schema asks to be aligned beyond their element size.
_ALIGNMENTS = {("Buffer", "data"): 16, ("CustomQuantization", "custom"): 16}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a table; `slot` is its place in the vtable, of a union that of its value (its type stands before)."""

    name: str
    slot: int
    kind: Kind
    code: str
    size_bytes: int
    default: int | float | bool | None
    target: str
    alignment_bytes: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its fields in slot order, and one entry a vtable slot (None for the type slot of a union)."""

    name: str
    fields: tuple[Field, ...]
    slots: tuple[Field | None, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """All types by name: enums (member to value), unions (member tables, the first has type 1), tables."""

    enums: Mapping[str, Mapping[str, int]]
    unions: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, Table]


@cache
def schema() -> Schema:
    """Return the schema, parsed once."""
    text = files("arenafit.tflite").joinpath("schema.txt").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    bases = {name: base for kind, head, *_ in lines if kind == "enum" for name, base in [head.split(":")]}
    enums = {head.split(":")[0]: _members(rest) for kind, head, *rest in lines if kind == "enum"}
    unions = {head: tuple(rest) for kind, head, *rest in lines if kind == "union"}
    tables = {head: _table(head, rest, bases, unions) for kind, head, *rest in lines if kind == "table"}
    for kind, *names in lines:
        if kind == "empty":
            tables.update({name: Table(name, (), ()) for name in names})
    return Schema(MappingProxyType(enums), MappingProxyType(unions), MappingProxyType(tables))


def _members(words: list[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    following = 0
    for word in words:
        name, _, value = word.partition("=")
        found[name] = int(value) if value else following
        following = found[name] + 1
    return MappingProxyType(found)


def _table(name: str, words: list[str], bases: Mapping[str, str], unions: Mapping[str, tuple[str, ...]]) -> Table:
    slots: list[Field | None] = []
    for word in words:
        match = _FIELD.fullmatch(word)
        if match is None:
            raise ValueError(f"schema.txt: cannot parse '{word}' of {name}")
        label, bracket, target, default = match.groups()
        if target in unions:
            slots.append(None)
        code = _FORMATS.get(bases.get(target, target), "")
        kind = _kind(target, code, is_vector=bool(bracket), is_union=target in unions)
        value = _default(code, default or "0") if kind == "scalar" else None
        size = _SIZES[code] if kind == "scalar" else 4
        alignment = _ALIGNMENTS.get((name, label), max(4, _SIZES.get(code, 4)))
        slots.append(Field(label, len(slots), kind, code, size, value, target, alignment))
    return Table(name, tuple(slot for slot in slots if slot is not None), tuple(slots))


def _kind(target: str, code: str, *, is_vector: bool, is_union: bool) -> Kind:
    if target == "deprecated":
        return "deprecated"
    if is_vector:
        return "bytes" if target == "uint8" else "vector" if code else "tables"
    if code:
        return "scalar"
    return "string" if target == "string" else "union" if is_union else "table"


def _default(code: str, text: str) -> int | float | bool:
    if code == "f":
        return float(text)
    return bool(int(text)) if code == "?" else int(text)
