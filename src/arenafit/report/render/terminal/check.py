"""Renders a check for a terminal."""

from pathlib import PurePath

from rich.console import Console
from rich.text import Text

from arenafit.report.documents.check import CheckDocument, CheckRow
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._answer import answer
from arenafit.report.render.terminal._tables import narrow, printable
from arenafit.units import format_count, format_size


@names_are_data
def render(document: CheckDocument, console: Console) -> None:
    """Print a line per check, what is wrong under it, and the verdict."""
    answer(document.answer, console)
    columns = ("model", "budget", "for", "arena", "of", "flash", "growth", "")
    files = {row.model for row in document.checks}
    told_apart = len({PurePath(file).name for file in files}) == len(files)
    rows = [_cells(row, PurePath(row.model).name if told_apart else row.model) for row in document.checks]
    console.print(narrow(columns, rows, console.width, name="model", right=columns[3:7]))
    console.print(Text("predicted; nothing was run" if not _was_measured(document) else "predicted, and measured"))
    for row in document.checks:
        for text, peak in row.troubles:
            where = "" if row.error else f"{row.model}: "
            at = f"; the peak is in {peak}" if peak else ""
            console.print(printable(f"{where}{text}{at}", "bold red"))
        if row.measurement:
            console.print(printable(f"{row.model}: measured: {row.measurement}"))
        if row.memories and len(document.checks) > 1:
            console.print(printable(f"{row.model}: {row.memories}"))
        for text in row.estimated:
            console.print(printable(f"{row.model}: ESTIMATED: {text}", "yellow"))
        for text in row.notes:
            console.print(printable(f"{row.model}: {text}"))
    console.print(_verdict(document))


def _cells(row: CheckRow, name: str) -> tuple[str, ...]:
    limits = [item.limit_bytes for item in row.findings if item.what in {"arena", "board-arena"}]
    return (
        name,
        row.budget,
        row.board or row.target,
        _figure(row.arena_bytes),
        _figure(min(limits) if limits else None),
        _figure(row.flash_bytes),
        _growth(row),
        "ok" if row.holds else "ERROR" if row.error else "OVER",
    )


def _figure(size_bytes: int | None) -> str:
    return "-" if size_bytes is None else format_size(size_bytes)


def _growth(row: CheckRow) -> str:
    if row.arena_bytes is None or row.baseline_arena_bytes is None:
        return "-"
    return f"{row.arena_bytes - row.baseline_arena_bytes:+,}"


def _was_measured(document: CheckDocument) -> bool:
    return any(row.measured_bytes is not None for row in document.checks)


def _verdict(document: CheckDocument) -> Text:
    count = format_count(len(document.checks), "check")
    failed = sum(1 for row in document.checks if not row.holds)
    if not failed:
        old = sum(1 for row in document.checks if row.age)
        beside = f"; the usual TFLM is too old for {old}" if old else ""
        return Text(f"{count}: all within budget{beside}", style="bold yellow" if old else "bold green")
    return Text(f"{count}: {failed} failed", style="bold red")
