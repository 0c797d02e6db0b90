"""Finds known messages in a log: a serial monitor's, a compiler's, one pasted into an issue."""

from collections.abc import Mapping
from dataclasses import dataclass

from arenafit.diagnostics.registry import Message, conversions, load_messages

_LONGEST_LINE = 2000


@dataclass(frozen=True, slots=True)
class Match:
    """A message found in a log: where, the line, and the values it carries by name."""

    message: Message
    line_number: int
    line: str
    values: Mapping[str, str]

    @property
    def missing_bytes(self) -> int | None:
        """The least that the message says is missing; None where it says nothing of the kind."""
        if "missing_bytes" in self.values:
            return int(self.values["missing_bytes"])
        return None


def read_log(text: str) -> tuple[Match, ...]:
    """Return the messages that `text` holds, line by line, each line's first; equal ones once."""
    found: dict[tuple[str, tuple[str, ...]], Match] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        match = _match(number, line[:_LONGEST_LINE].strip())
        if match is not None:
            found.setdefault((match.message.id, tuple(match.values.values())), match)
    return tuple(found.values())


def _match(number: int, line: str) -> Match | None:
    for message in load_messages():
        for form, pattern in zip(message.formats, message.patterns, strict=True):
            hit = pattern.search(line)
            if hit is not None:
                return Match(message, number, line, _values(message, form, hit.groups()))
    return None


def _values(message: Message, form: str, groups: tuple[str, ...]) -> dict[str, str]:
    values = dict(zip(message.fields, groups, strict=False))
    if "needed_bytes" in values and "available_bytes" in values:
        # The oldest wording gives what is needed, not what is missing.
        values["missing_bytes"] = str(int(values["needed_bytes"]) - int(values["available_bytes"]))
    for name, conversion in zip(message.fields, conversions(form), strict=False):
        if conversion == "x" and name.endswith("_bytes"):
            values[name] = str(int(values[name], 16))
    return values
