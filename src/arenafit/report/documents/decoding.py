"""Reads documents back from the JSON they were written as, by the types of their fields."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from arenafit.errors import DataError

if TYPE_CHECKING:
    from arenafit.report.documents.document import Document

D = TypeVar("D", bound="Document")


def decoded(kind: type[D], text: str) -> D:
    """Return the document of the class `kind` in `text`.

    Raises:
        DataError: if it is none.
    """
    name = f"arenafit.{kind.NAME}"
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{name}: is no JSON: {error}") from None
    if not isinstance(data, dict) or (data.get("document"), data.get("version")) != (name, kind.VERSION):
        raise DataError(f"this is no document {name}, version {kind.VERSION}: give what its to_json() or --json wrote")
    found: D = _record(kind, data, name)
    return found


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _record(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise DataError(f"{where}: must be an object")
    hints = _hints(kind)
    values = {}
    for field in fields(kind):
        if not field.init:
            continue
        if field.name in data:
            values[field.name] = _value(hints[field.name], data[field.name], f"{where}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise DataError(f"{where}: the field '{field.name}' is missing")
    return kind(**values)


def _value(hint: Any, data: Any, where: str) -> Any:
    hint = getattr(hint, "__supertype__", hint)  # a NewType
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _either(get_args(hint), data, where)
    if origin is not None:
        return _many(origin, get_args(hint), data, where)
    if hint is Any:
        return data
    if is_dataclass(hint):
        return _record(hint, data, where)
    if isinstance(hint, type) and issubclass(hint, Enum | Path):
        try:
            return hint(data)
        except (TypeError, ValueError):
            raise DataError(f"{where}: {data!r} is none of its values") from None
    return _plain(hint, data, where)


def _plain(hint: Any, data: Any, where: str) -> Any:
    if hint is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if not isinstance(data, hint) or (isinstance(data, bool) and hint is not bool):
        raise DataError(f"{where}: must be {getattr(hint, '__name__', hint)}, not {type(data).__name__}")
    return data


def _either(hints: tuple[Any, ...], data: Any, where: str) -> Any:
    if data is None and NoneType in hints:
        return None
    error = DataError(f"{where}: must not be null")
    for hint in hints:
        if hint is NoneType:
            continue
        try:
            return _value(hint, data, where)
        except DataError as found:
            error = found
    raise error


def _many(origin: Any, hints: tuple[Any, ...], data: Any, where: str) -> Any:
    if issubclass(origin, Mapping):
        if not isinstance(data, dict):
            raise DataError(f"{where}: must be an object")
        return {_key(hints[0], key): _value(hints[1], item, f"{where}.{key}") for key, item in data.items()}
    if not isinstance(data, list):
        raise DataError(f"{where}: must be a list")
    each = hints if origin is tuple and hints[-1:] != (...,) else (hints[0],) * len(data)
    if len(each) != len(data):
        raise DataError(f"{where}: must have {len(each)} values, not {len(data)}")
    items = [_value(hint, item, f"{where}[{at}]") for at, (hint, item) in enumerate(zip(each, data, strict=True))]
    return items if origin is list else tuple(items)


def _key(hint: Any, key: str) -> Any:
    return int(key) if getattr(hint, "__supertype__", hint) is int else key
