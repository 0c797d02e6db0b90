"""Reads what TFLM prints: the recording allocator's lines, and the line that says why it refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

from arenafit.runtime.types import Record

_TOTALS = re.compile(r"\[RecordingMicroAllocator\] Arena allocation (total|head|tail) (\d+) bytes")
_RECORD = re.compile(
    r"\[RecordingMicroAllocator\] '([^']+)' used (\d+) bytes with alignment overhead "
    r"\(requested (\d+) bytes for (\d+) [^)]*\)"
)
# What TFLM says when an arena is too small, over its versions.
_TOO_SMALL = re.compile(
    r"Failed to (?:allocate|resize)|Arena size is too small|Too many buffers|either buffer is not resizable"
)
# Lines that only repeat that something failed; the lines before them say what.
_EMPTY_LINES = re.compile(
    r"^(\s*$|Traceback |\s+\S|RuntimeError: |\[RecordingMicroAllocator\]|(Input|Output) index \d+ out of range)"
)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_REASON_LIMIT = 300
_LEFT_OUT = " ..."
SENTENCES = " / "  # stands between the lines of a reason


@dataclass(frozen=True, slots=True)
class RecordedArena:
    """The recording allocator's report: the arena's parts and the tail's categories."""

    total_bytes: int
    head_bytes: int
    tail_bytes: int
    records: tuple[Record, ...]


def parse_recording(log: str) -> RecordedArena | None:
    """Return the last report in `log`, or None when a total, a head or a tail is missing.

    Mirrors RecordingMicroAllocator::PrintAllocations (tensorflow/lite/micro/recording_micro_allocator.cc, 90b983c2).
    Text before and after each report line (a board's own time stamps, say) is ignored.
    """
    totals = {match[1]: int(match[2]) for match in _TOTALS.finditer(log)}
    if set(totals) != {"total", "head", "tail"}:
        return None
    records = {m[1]: Record(m[1], int(m[2]), int(m[3]), int(m[4])) for m in _RECORD.finditer(log)}
    return RecordedArena(totals["total"], totals["head"], totals["tail"], tuple(records.values()))


def says_arena_too_small(log: str) -> bool:
    """Return whether a line of `log` is TFLM asking for a larger arena."""
    return _TOO_SMALL.search(log) is not None


def reason_in(log: str) -> str | None:
    """Return in one line why TFLM refused, or None when the log says nothing of use.

    TFLM prints the cause first ("Didn't find op for builtin opcode ...") and the operator that failed last ("Node
    CONV_2D (number 0) failed to prepare"): both are kept.
    """
    lines = [line.strip() for line in _ANSI.sub("", log).splitlines() if not _EMPTY_LINES.match(line)]
    kept = list(dict.fromkeys(lines[-3:]))
    text = SENTENCES.join(kept)
    if len(text) > _REASON_LIMIT:
        text = f"{whole_words(text, _REASON_LIMIT - len(_LEFT_OUT))}{_LEFT_OUT}"
    return text or None


def whole_words(text: str, length: int) -> str:
    """Return the words of `text` that go into `length` characters, `text` cut there if it is one long word."""
    if len(text) <= length:
        return text
    return text[: length + 1].rpartition(" ")[0].rstrip(" ,;:/") or text[:length]


def without_traceback(log: str) -> str:
    """Return `log` up to the traceback of the child that ended it, with plain line ends."""
    return log.replace("\r\n", "\n").partition("Traceback (most recent call last)")[0]


def exception_in(log: str) -> str | None:
    """Return the last line of a Python traceback in `log`, or None when there is none."""
    if "Traceback (most recent call last)" not in log:
        return None
    lines = [line for line in log.splitlines() if line and not line.startswith(" ")]
    return lines[-1] if lines else None
