"""The messages that are known, read from messages.toml beside this file."""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

# printf's conversions in TFLM's messages: a number of any sign and base, or a text.
_CONVERSION = re.compile(r"%(?:l|ll|z)?([dux s])".replace(" ", ""))
_PATTERNS = {"d": r"(-?\d+)", "u": r"(\d+)", "x": r"([0-9a-fA-F]+)", "s": r"(.+?)"}


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
        return tuple(_pattern(text) for text in self.formats)


@cache
def load_messages() -> tuple[Message, ...]:
    """Return the messages in the order in which they are tried."""
    text = files("arenafit.messages").joinpath("messages.toml").read_text(encoding="utf-8")
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
def _pattern(text: str) -> re.Pattern[str]:
    pieces = _CONVERSION.split(text)
    # Split gives text and conversions in turn.
    parts = [_PATTERNS[piece] if index % 2 else _literal(piece) for index, piece in enumerate(pieces)]
    # A text at the end would take nothing but one character.
    return re.compile("".join(parts) + (r"(?=\s|$)" if text.endswith("%s") else ""))


def _literal(text: str) -> str:
    # Terminals and pagers change blanks; printf's own "%%" is a percent sign.
    return r"\s+".join(re.escape(word) for word in re.split(r"\s+", text.replace("%%", "%")))
