"""What the terminal renderers share: plain tables in which figures are never cut."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from arenafit.report.render import names

INDENT = 2
_GAP = 2  # between two columns
_SHORTEST_NAME = 12


def cut(text: str, length: int) -> str:
    """Return `text` in at most so many characters, cut in the middle: names differ at their ends."""
    if len(text) <= length:
        return text
    left = (length - 1) // 2
    return f"{text[:left]}…{text[left + 1 - length :]}"


def printable(text: str, style: str = "") -> Text:
    """Return `text` without what would steer the terminal: names in a model can hold anything."""
    return Text(names.printable(text), style=style)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[str] = (), wide: str = "") -> Table:
    """Return a table without lines.

    Args:
        columns: the headings.
        rows: the cells, row by row.
        right: headings of the columns that stand to the right (figures).
        wide: heading of the one column that gives way when the terminal is narrow.
    """
    made = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", no_wrap=column != wide, overflow="fold")
    for row in rows:
        made.add_row(*(printable(cell) for cell in row))
    return made


def narrow(
    columns: Sequence[str], rows: Iterable[Sequence[str]], room: int, *, name: str, right: Iterable[str] = ()
) -> Table:
    """Return a table in which one column of names takes what the others leave of `room` characters.

    Names are cut in the middle; where too little is left to tell them apart, the column is left out.
    """
    cells = [tuple(row) for row in rows]
    at = list(columns).index(name)
    widths = [max(len(line[index]) for line in (tuple(columns), *cells)) for index in range(len(columns))]
    left = room - sum(width for index, width in enumerate(widths) if index != at) - _GAP * (len(columns) - 1)
    if left < min(_SHORTEST_NAME, widths[at]):
        kept = [index for index in range(len(columns)) if index != at]
        return table([columns[index] for index in kept], [[row[index] for index in kept] for row in cells], right=right)
    return table(columns, [(*row[:at], cut(row[at], left), *row[at + 1 :]) for row in cells], right=right)


def section(console: Console, title: str, body: Table | str) -> None:
    """Print an empty line, a title, and an indented body."""
    console.print()
    console.print(printable(title, "bold"))
    shown = printable(body) if isinstance(body, str) else body
    console.print(Padding(shown, (0, 0, 0, INDENT)))
