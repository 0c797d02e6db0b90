"""Renders structural changes for a terminal."""

from rich.console import Console
from rich.text import Text

from arenafit.costs.core import core_title
from arenafit.report.documents.whatif import ChangeRow, WhatIfDocument
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._answer import answer
from arenafit.report.render.terminal._tables import printable, section, table
from arenafit.structure.pricing import Price
from arenafit.units import format_size

_LISTED = 10
_WIDTH_WITH_WORK = 100  # narrower, the settings need the place


@names_are_data
def render(document: WhatIfDocument, console: Console, *, everything: bool = False) -> None:
    """Print the rows at the peak, ten at most, or every row."""
    form = "" if document.form == "as it is" else f", priced as {document.form}"
    before = document.before
    fitted = "" if before.fitted_bytes is None else f", {format_size(before.fitted_bytes)} after fit"
    core = f"a {core_title(document.core)}"
    answer(document.answer, console)
    console.print(printable(document.model, "bold"))
    console.print(
        Text(
            f"arena {format_size(before.arena_bytes)} bytes{fitted} on {document.target}{form}; "
            f"{before.macs / 1e6:.2f} M MACs, {before.instructions / 1e6:.1f} M instructions on {core}, est."
        )
    )
    if document.core_stands_for is not None:
        stands = f"nobody has counted the instructions of {document.core_stands_for}: those of {core} stand in"
        console.print(Text(stands))
    listed = [row for row in document.rows if everything or row.listed]
    shown = listed if everything or len(document.rows) == 1 else listed[:_LISTED]
    if not shown:  # nothing at the peak: what makes the arena smaller all the same
        shown = [row for row in document.rows if row.price.arena_bytes < before.arena_bytes][:_LISTED]
    shown = shown or list(document.rows[:1] if len(document.rows) == 1 else ())
    work = ("M MACs", "M instr.") if console.width >= _WIDTH_WITH_WORK else ()
    columns = ["#", "set", "arena", "", "flash", *work, "needs"]
    if before.fitted_bytes is not None:
        columns[4:4] = ["fitted"]
    right = ("#", "arena", "", "fitted", "flash", "M MACs", "M instr.")
    rows = [_row(row, before, with_work=bool(work)) for row in shown]
    section(
        console,
        "structural changes, before any training; arena against the model as it is",
        table(columns, rows, right=right, wide="set"),
    )
    left = len(document.rows) - len(shown)
    if left:
        console.print(Text(f"{left} more change the arena less or not at its peak: --all shows them"))
    for path in document.written:
        console.print(Text(f"written, UNTRAINED: {path}", style="yellow"))


def _row(row: ChangeRow, before: Price, *, with_work: bool) -> list[str]:
    price = row.price
    change = price.arena_bytes / before.arena_bytes - 1
    cells = [str(row.number), " ".join(row.settings), format_size(price.arena_bytes), f"{change:+.0%}"]
    if before.fitted_bytes is not None:
        cells.append("-" if price.fitted_bytes is None else format_size(price.fitted_bytes))
    instructions = f"{'' if price.instructions_complete else '> '}{price.instructions / 1e6:.1f}"
    work = (f"{price.macs / 1e6:.2f}", instructions) if with_work else ()
    return [*cells, format_size(price.flash_bytes), *work, row.needs]
