"""Renders a diff as Markdown for a pull-request comment: the verdict, the figures, then what changed, folded away."""

import re
from collections.abc import Iterable, Sequence

from arenafit.report.documents.diff import Change, DiffDocument, OpChange
from arenafit.report.documents.memory_changes import MemoryChanges, memory_cells
from arenafit.report.documents.operators import OperatorRow
from arenafit.report.render.names import names_are_data, printable
from arenafit.units import format_count, format_size

_LISTED = 30
_LONGEST_NAME = 60


@names_are_data
def render(document: DiffDocument) -> str:
    """Return the comment; what came, went or changed most stands first, at most 30 of each kind."""
    parts = (_totals(document), _interface(document), _memories(document.memories), _details(document))
    return "\n".join([*_heading(document), "", *(line for part in parts for line in part)]) + "\n"


def _heading(document: DiffDocument) -> list[str]:
    arena = document.totals[0]
    lines = [f"### Arena: {format_size(arena.before)} → {format_size(arena.after)} bytes ({_change(arena)})", ""]
    lines.append(
        f"{_code(document.before)} → {_code(document.after)}, {document.figures} for `{document.target}`;"
        " instructions are estimates."
    )
    lines += [f"\n**Estimated:** {_plain(reason)}" for reason in document.estimated]
    if document.is_same:
        lines.append("\nNothing that is compared changed.")
    return lines


def _totals(document: DiffDocument) -> list[str]:
    tail = [Change(f"tail: {row.what}", row.unit, row.before, row.after) for row in document.tail if row.difference]
    rows = [
        (row.what, format_size(row.before), format_size(row.after), _change(row)) for row in (*document.totals, *tail)
    ]
    lines = _table(("", "before", "after", "change"), rows)
    if document.peak_before != document.peak_after:
        lines += [
            "",
            f"Peak before: {_plain(document.peak_before)}.",
            "",
            f"Peak after: {_plain(document.peak_after)}.",
        ]
    return lines


def _interface(document: DiffDocument) -> list[str]:
    if not document.interface:
        return []
    rows = [(row.what, _code(row.before), _code(row.after)) for row in document.interface]
    return ["", "**Inputs or outputs changed:**", "", *_table(("", "before", "after"), rows, figures=False)]


def _memories(changes: MemoryChanges | None) -> list[str]:
    if changes is None:
        return []
    columns = ("memory", "bytes taken", "after", "moved per Invoke, predicted", "after")
    rows = [tuple(map(_plain, memory_cells(row))) for row in changes.memories]
    lines = ["", *_table(columns, rows)] if rows else []
    lines += [line for text in changes.problems for line in ("", f"**Finds no place**, {_plain(text)}")]
    if changes.moved:
        cells = [
            (_code(row.name), _plain(row.before), _plain(row.after), format_size(row.size_bytes))
            for row in changes.moved[:_LISTED]
        ]
        title = f"{format_count(len(changes.moved), 'buffer')} in another memory"
        body = _table(("buffer", "before", "after", "bytes"), cells, figures=False)
        lines += _folded(title, [*body, *_more(len(changes.moved))])
    return lines


def _details(document: DiffDocument) -> list[str]:
    lines: list[str] = []
    if document.ops:
        ordered = sorted(document.ops, key=lambda row: -row.weight_bytes)
        rows = [_op(row) for row in ordered[:_LISTED]]
        count = format_count(len(document.ops), "operator")
        title = f"{count} changed, came or went; {document.unchanged_ops} are the same"
        columns = ("operator", "change", "out", "live", "scratch", "tail")
        lines += _folded(title, [*_table(columns, rows), *_more(len(ordered))])
    if document.buffers:
        largest = sorted(document.buffers, key=lambda row: -max(row.before_bytes, row.after_bytes))
        cells = [
            (
                _code(row.name),
                row.change,
                _pair(row.before_bytes, row.after_bytes),
                _pair(row.before_steps, row.after_steps),
            )
            for row in largest[:_LISTED]
        ]
        title = f"{format_count(len(document.buffers), 'buffer')} of the head changed, came or went"
        lines += _folded(title, [*_table(("buffer", "change", "bytes", "steps kept"), cells), *_more(len(largest))])
    return lines


def _op(row: OpChange) -> tuple[str, ...]:
    old, new = row.before, row.after
    shown = new or old
    label = "" if shown is None else f"{_code(row.label)} {_code(shown.output)}"
    sizes = ("out_bytes", "live_bytes", "scratch_bytes", "tail_bytes")
    return (label, row.change, *(_pair(_field(old, name), _field(new, name)) for name in sizes))


def _field(row: OperatorRow | None, name: str) -> int | None:
    return None if row is None else getattr(row, name)


def _pair(before: int | None, after: int | None) -> str:
    if before == after:
        return "-" if before is None else format_size(before)
    left, right = ("-" if value is None else format_size(value) for value in (before, after))
    return f"{left} → {right}"


def _change(row: Change) -> str:
    if not row.difference:
        return "="
    percent = "" if row.percent is None else f", {row.percent:+.1f} %"
    return f"{row.difference:+,}{percent}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, figures: bool = True) -> list[str]:
    marks = ["---", *("---:" if figures else "---" for _ in columns[1:])]
    return [_line(columns), _line(marks), *(_line(row) for row in rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _folded(title: str, body: Sequence[str]) -> list[str]:
    return ["", f"<details><summary>{title}</summary>", "", *body, "", "</details>"]


def _more(count: int) -> list[str]:
    return ["", f"and {count - _LISTED} more."] if count > _LISTED else []


def _plain(text: str) -> str:
    # Names come from the file: nothing in them may become a table cell, markup or a mention.
    flat = printable(text)
    for character in "\\|<>`*[]@":
        flat = flat.replace(character, f"&#{ord(character)};")
    # Outside of code "#5" becomes a link to an issue.
    return re.sub(r"(?<!&)(?:graph \d+ )?#\d+ \w+", lambda found: f"`{found[0]}`", flat)


def _code(text: str) -> str:
    # Inside a code span only its end and the end of a table's cell have to be kept from it.
    flat = printable(text)
    short = flat if len(flat) <= _LONGEST_NAME else f"…{flat[1 - _LONGEST_NAME :]}"
    return f"`{short.replace('`', chr(39)).replace('|', '/')}`" if short else ""
