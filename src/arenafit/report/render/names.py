"""The renderers' door: names are data, whatever they hold.

Tensors, operators, files, budgets and boards are called as somebody else pleases: with escape sequences that steer a
terminal, line breaks that begin another command of a CI log, marks that turn text around. Each renderer takes its
document through `names_are_data`; what is special in its own format (a bar, a backtick, an angle bracket) it escapes
itself. JSON is the exception: it keeps names as they are, escaped by its own rules.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
D = TypeVar("D")
R = TypeVar("R")

# Fields of documents that are pictures of several lines, made by us of numbers alone.
_PICTURES = frozenset({"ascii_plan"})

# The commands of GitHub Actions' runner.
_COMMAND = re.compile(
    "::(?=(?:error|warning|notice|debug|group|endgroup|echo|add-mask|add-matcher|remove-matcher|add-path|save-state"
    "|set-env|set-output|stop-commands)(?![a-z]))"
)


def printable(text: str) -> str:
    """Return `text` with ``?`` for whatever is no letter, mark, number, sign or plain space.

    What is a command in a CI log at the beginning of a line (``::error::``) loses its first colon: a table that is
    narrower than a name breaks it anywhere.
    """
    if not text.isprintable():
        text = "".join(character if character.isprintable() else "?" for character in text)
    return _COMMAND.sub("?:", text) if "::" in text else text


def printable_document(value: Any) -> Any:
    """Return a document, or part of one, with every text in it made printable; it is of the same type."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return printable(value)
    if isinstance(value, Path):
        return Path(printable(str(value)))
    if isinstance(value, Mapping):
        return {printable_document(key): printable_document(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(printable_document(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            field.name: new
            for field in fields(value)
            if field.init and field.name not in _PICTURES
            for old in (getattr(value, field.name),)
            if (new := printable_document(old)) is not old
        }
        return replace(value, **changed) if changed else value
    return value


def names_are_data(render: Callable[Concatenate[D, P], R]) -> Callable[Concatenate[D, P], R]:
    """Return `render` taking its document (the first argument) with printable texts only."""

    @wraps(render)
    def guarded(document: D, /, *args: P.args, **options: P.kwargs) -> R:
        return render(printable_document(document), *args, **options)

    return guarded
