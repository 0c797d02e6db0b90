"""The messages that are known, read from messages.toml beside this file."""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

# printf's conversions in TFLM's messages: a number of any sign and base, or a text.
_CONVERSION = re.compile(r"%(?:l|ll|z)?([duxs])")
_PATTERNS = {"d": r"(-?\d+)", "u": r"(\d+)", "x": r"([0-9a-fA-F]+)", "s": r"(\S+?)"}
# A text that holds blanks, as an expression of C++ does; bounded, so that no line takes long.
_EXPRESSION = r"(\S.{0,159}?)"
_EXPRESSIONS = ("condition", "left", "right")


class Kind(StrEnum):
    """What a message is about."""

    MEMORY = "memory"
    RESOLVER = "resolver"
    MODEL = "model"
    TYPES = "types"
    USAGE = "usage"


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its formats, the names of their conversions, what it means, what to do.

    `until` says since when today's TFLM prints something else; `prices` whether a smaller arena would help.
    """

    id: str
    kind: Kind
    formats: tuple[str, ...]
    fields: tuple[str, ...]
    source: str
    means: str
    do: tuple[str, ...]
    until: str | None = None
    prices: bool = False

    @property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """An expression per format, with a group per conversion."""
        return tuple(_pattern(text, self.fields) for text in self.formats)


def conversions(form: str) -> tuple[str, ...]:
    """Return the letters of printf's conversions in a format: ``d``, ``u``, ``x`` or ``s`` each."""
    return tuple(_CONVERSION.findall(form))


@cache
def load_messages() -> tuple[Message, ...]:
    """Return the messages in the order in which they are tried."""
    text = files("arenafit.diagnostics").joinpath("messages.toml").read_text(encoding="utf-8")
    return tuple(
        Message(
            id=row["id"],
            kind=Kind(row["kind"]),
            formats=tuple(row["formats"]),
            fields=tuple(row.get("fields", ())),
            source=row["source"],
            means=row["means"],
            do=tuple(row["do"]),
            until=row.get("until"),
            prices=row.get("prices", False),
        )
        for row in tomllib.loads(text)["message"]
    )


@cache
def _pattern(text: str, fields: tuple[str, ...]) -> re.Pattern[str]:
    pieces = _CONVERSION.split(text.strip())
    parts = []
    # Split gives text and conversions in turn.
    for index, piece in enumerate(pieces):
        name = fields[index // 2] if index // 2 < len(fields) else ""
        if index % 2 == 0:
            parts.append(_literal(piece))
        else:
            parts.append(_EXPRESSION if name in _EXPRESSIONS else _PATTERNS[piece])
    # Lazy at either end, a text would be tried from every letter, and end after the first.
    begin = r"(?<!\S)" if text.startswith("%s") else ""
    end = r"(?!\S)" if text.endswith("%s") else ""
    return re.compile(begin + "".join(parts) + end)


def _literal(text: str) -> str:
    # Terminals and pagers change blanks.
    return r"\s+".join(re.escape(word) for word in re.split(r"\s+", text))
