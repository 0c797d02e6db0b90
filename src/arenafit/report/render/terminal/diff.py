"""Renders a diff for a terminal."""

from rich.console import Console
from rich.text import Text

from arenafit.report.documents.diff import BufferChange, Change, DiffDocument, OpChange
from arenafit.report.documents.memory_changes import MemoryChanges, memory_cells
from arenafit.report.documents.operators import OperatorRow
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._answer import answer
from arenafit.report.render.terminal._tables import INDENT, narrow, printable, section, table
from arenafit.units import format_size

_LISTED = 20
_NAME_LENGTH = 24


@names_are_data
def render(document: DiffDocument, console: Console, *, everything: bool = False) -> None:
    """Print the figures, then operators and buffers: the 20 of each that moved most, or all in the model's order."""
    arena = document.totals[0]
    answer(document.answer, console)
    console.print(printable(f"{document.before} -> {document.after}", "bold"))
    console.print(Text(f"{document.figures} for {document.target}; instructions are estimates"))
    for reason in document.estimated:
        console.print(printable(f"ESTIMATED: {reason}", "bold yellow"))
    if document.is_same:
        console.print(Text(f"nothing that is compared changed: the arena stays {format_size(arena.after)} bytes"))
        return
    rows = [_total(row) for row in document.totals]
    rows += [_total(row, "tail: ") for row in document.tail if row.difference]
    columns = ("", "before", "after", "change", "")
    section(console, "figures", table(columns, rows, right=columns[1:]))
    if document.peak_before != document.peak_after:
        rows = [("before", document.peak_before), ("after", document.peak_after)]
        section(console, "peak", table(("", "why"), rows, wide="why"))
    for row in document.interface:
        console.print(printable(f"{row.what} changed: {row.before} -> {row.after}", "bold yellow"))
    if document.memories is not None:
        _memories(document.memories, console)
    if document.ops:
        _ops(document, console, everything=everything)
    if document.buffers:
        _buffers(document, console, everything=everything)


def _memories(changes: MemoryChanges, console: Console) -> None:
    columns = ("memory", "taken", "-> after", "moved per Invoke", "-> after ")
    rows = [memory_cells(row) for row in changes.memories]
    if rows:
        section(console, "memories, bytes; what buffers move is predicted", table(columns, rows, right=columns[1:]))
    for text in changes.problems:
        console.print(printable(f"finds no place, {text}", "bold yellow"))
    for row in changes.moved[:_LISTED]:
        size = format_size(row.size_bytes)
        console.print(printable(f"  {_short(row.name)}: {row.before} -> {row.after}, {size} bytes"))
    _rest(len(changes.moved) - _LISTED, console)


def _total(row: Change, prefix: str = "") -> tuple[str, ...]:
    percent = f"{row.percent:+.1f} %" if row.percent is not None and row.difference else ""
    change = f"{row.difference:+,}" if row.difference else "="
    return (f"{prefix}{row.what}", format_size(row.before), format_size(row.after), change, percent)


def _ops(document: DiffDocument, console: Console, *, everything: bool) -> None:
    found = list(document.ops)
    if not everything:
        found = sorted(found, key=lambda row: -row.weight_bytes)[:_LISTED]
    columns = ("", "operator", "output", "out", "live", "scratch", "tail")
    rows = [_op(row) for row in found]
    title = f"operators: {len(document.ops)} changed, came (+) or went (-); {document.unchanged_ops} are the same"
    section(console, title, narrow(columns, rows, console.width - INDENT, name="output", right=columns[3:]))
    _rest(len(document.ops) - len(found), console)


def _op(row: OpChange) -> tuple[str, ...]:
    old, new = row.before, row.after
    shown = new or old
    output = "" if shown is None else shown.output
    sizes = ("out_bytes", "live_bytes", "scratch_bytes", "tail_bytes")
    return (
        _sign(row.change),
        row.label,
        _short(output),
        *(_pair(_field(old, name), _field(new, name)) for name in sizes),
    )


def _buffers(document: DiffDocument, console: Console, *, everything: bool) -> None:
    found = list(document.buffers)
    if not everything:
        found = sorted(found, key=lambda row: -max(row.before_bytes, row.after_bytes))[:_LISTED]
    columns = ("", "buffer", "bytes", "steps kept")
    rows = [_buffer(row) for row in found]
    section(console, "buffers of the head", table(columns, rows, right=columns[2:], wide="buffer"))
    _rest(len(document.buffers) - len(found), console)


def _buffer(row: BufferChange) -> tuple[str, ...]:
    pairs = (_pair(row.before_bytes, row.after_bytes), _pair(row.before_steps, row.after_steps))
    return (_sign(row.change), _short(row.name), *pairs)


def _rest(count: int, console: Console) -> None:
    if count > 0:
        console.print(Text(f"  and {count} more (--all)"))


def _sign(change: str) -> str:
    return {"added": "+", "removed": "-"}.get(change, "~")


def _field(row: OperatorRow | None, name: str) -> int | None:
    return None if row is None else getattr(row, name)


def _pair(before: int | None, after: int | None) -> str:
    left, right = ("-" if value is None else format_size(value) for value in (before, after))
    return left if left == right else f"{left} -> {right}"


def _short(name: str) -> str:
    # Converters put what distinguishes a tensor at the end of its name.
    return name if len(name) <= _NAME_LENGTH else f"…{name[1 - _NAME_LENGTH :]}"
