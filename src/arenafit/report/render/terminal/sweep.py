"""Renders sweeps for a terminal: what is known so far, and the end."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from arenafit.report.documents.sweep import DeliveredRow, PointRow, SweepDocument
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._answer import answer
from arenafit.report.render.terminal._tables import section, table
from arenafit.sweep.front import Point
from arenafit.sweep.run import Counts, Status
from arenafit.units import format_size

_SHOWN = 12


def progress_table(status: Status, doing: str) -> Table:
    """Return what is known so far: counts, the front, the best within the budget."""
    grid = Table.grid(padding=(0, 2))
    grid.add_row(Text(doing, style="bold"))
    grid.add_row(Text(f"{_counts(status.counts)}; {status.cpu_seconds:.0f} CPU s"))
    shown = status.beyond_chance[:_SHOWN]
    for item in shown:
        grid.add_row(Text(_line(item)))
    left = len(status.front) - len(shown)
    if left > 0:
        grid.add_row(Text(f"{left} more on the front"))
    return grid


def _line(item: Point) -> str:
    fitted = "-" if item.figures.fitted is None else format_size(item.figures.fitted)
    loss = "" if item.loss is None else f"  loss {item.loss.mean:.4g} ({item.loss.drop:+.2%})"
    return f"{fitted} bytes{loss}  {item.figures.instructions / 1e6:.2f} M instr.  {' '.join(item.settings)}"


def _counts(counts: Counts) -> str:
    parts = [f"{counts.completed} completed", f"{counts.given_up} given up before training"]
    parts += [f"{counts.duplicates} duplicates not run"] if counts.duplicates else []
    parts += [f"{counts.failed} failed"] if counts.failed else []
    parts += [f"{counts.retried} run again after a kill"] if counts.retried else []
    parts += [f"{counts.trained_twice} trained again at a third of the rate"] if counts.trained_twice else []
    parts += [f"{counts.running} running"] if counts.running else []
    parts += [f"{counts.waiting} waiting"] if counts.waiting else []
    return ", ".join(parts)


@names_are_data
def render(document: SweepDocument, console: Console) -> None:
    """Print the answer, counts, the front and what was delivered."""
    answer(document.answer, console)
    console.print(Text(document.model, style="bold"))
    console.print(Text(f"{_counts(document.counts)}; {document.cpu_seconds:.0f} CPU s, on {document.target}"))
    for reason, count in document.reasons.items():
        console.print(Text(f"  {count} x {reason}"))
    front = [row for row in document.points if row.beyond_chance]
    columns = ["trial", "fitted", "stock", "flash", "M instr.", "loss", "drop", "±", "set"]
    rows = [_front_row(row) for row in sorted(front, key=lambda row: (row.fitted_bytes or 0, row.trial))]
    right = ("trial", "fitted", "stock", "flash", "M instr.", "loss", "drop", "±")
    section(console, "front, beyond one standard error", table(columns, rows, right=right, wide="set"))
    if document.delivered:
        columns = ["trial", "fitted", "measured", "stock", "measured ", "valid. loss", "drop", "eval. drop", "model"]
        rows = [_delivered_row(row) for row in document.delivered]
        numbers = tuple(columns[:-1])
        section(
            console,
            "trained again, measured on the wheel, judged once",
            table(columns, rows, right=numbers, wide="model"),
        )
    for row in document.delivered:
        for line in _verdict(row):
            console.print(Text(line))
    for path in document.written:
        console.print(Text(f"written: {path}"))


def _front_row(row: PointRow) -> list[str]:
    return [
        str(row.trial),
        "-" if row.fitted_bytes is None else format_size(row.fitted_bytes),
        format_size(row.stock_bytes),
        format_size(row.flash_bytes),
        f"{row.instructions / 1e6:.2f}",
        "-" if row.loss is None else f"{row.loss:.4g}",
        "-" if row.drop is None else f"{row.drop:+.2%}",
        "-" if row.error is None else f"{row.error:.2%}",
        " ".join(row.settings),
    ]


def _delivered_row(row: DeliveredRow) -> list[str]:
    def size(value: int | None) -> str:
        return "-" if value is None else format_size(value)

    return [
        f"{row.trial}{' *' if row.is_pick else ''}",
        size(row.fitted_bytes),
        size(row.fitted_measured_bytes),
        size(row.stock_bytes),
        size(row.stock_measured_bytes),
        " ".join(f"{loss:.4g}" for loss in row.validation),
        "-" if row.validation_drop is None else f"{row.validation_drop:+.2%}",
        "-" if row.drop is None else f"{row.drop:+.2%}",
        row.model or "-",
    ]


def _verdict(row: DeliveredRow) -> list[str]:
    lines = []
    for item in row.verdict:
        classes = item["classes"]
        if classes is None:
            continue
        count, change = classes["samples"], classes["change"]
        if row.drop is None:  # there is no original to compare with
            right = classes["right_quantised"]
            lines.append(f"trial {row.trial} '{item['output']}': {right} of {count} right, {100 * right / count:.2f} %")
            continue
        lines.append(
            f"trial {row.trial} '{item['output']}': {classes['right_float']} -> {classes['right_quantised']} of {count}"
            f" right, {100 * (classes['right_quantised'] - classes['right_float']) / count:+.2f} points, 95 % interval"
            f" {100 * change['low']:+.2f} ... {100 * change['high']:+.2f}"
        )
    return lines
