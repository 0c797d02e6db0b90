"""Renders an explanation for a terminal."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from arenafit.report.documents.explanation import ExplanationDocument, FitRow, MessageRow, ModelRow
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._tables import INDENT, printable, section, table
from arenafit.report.render.terminal.memories import render_memories
from arenafit.units import format_size


@names_are_data
def render(document: ExplanationDocument, console: Console) -> None:
    """Print every message with its meaning, then the model it is about."""
    for index, row in enumerate(document.messages):
        if index:
            console.print()
        _message(row, console)
    if document.model is not None:
        _model(document.model, console)


def _message(row: MessageRow, console: Console) -> None:
    console.print(printable(f"line {row.line_number}: {row.line}", "bold"))
    console.print(Padding(printable(row.means), (0, 0, 0, INDENT)))
    for text in row.do:
        console.print(Padding(printable(f"- {text}", "green"), (0, 0, 0, INDENT)))
    until = f" (until {row.until})" if row.until else ""
    console.print(Padding(printable(f"printed by {row.source}{until}", "dim"), (0, 0, 0, INDENT)))


def _model(row: ModelRow, console: Console) -> None:
    rows = [
        ("smallest arena that works", format_size(row.min_arena_bytes), row.why),
        ("head", format_size(row.head_bytes), "planned: activations and scratch buffers"),
        ("tail", format_size(row.tail_bytes), "persistent: tables, operators' data, variables"),
        ("transient", format_size(row.transient_bytes), "most that the head's place holds while allocating"),
    ]
    body = table(("", "bytes", "meaning"), rows, right=("bytes",), wide="meaning")
    section(console, f"{row.model}, predicted for {row.target}", body)
    for note in row.notes:
        console.print(Padding(printable(note, "bold yellow"), (0, 0, 0, INDENT)))
    for text in row.estimated:
        console.print(Text(f"  ESTIMATED: {text}", style="bold yellow"))
    if row.memories is not None:
        render_memories(row.memories, console)
    title = "arenafit fit would give (predicted, not verified)"
    lines = _fit(row, row.fit) if row.fit else ["no smaller arena"]
    section(console, title, lines[0])
    for line in lines[1:]:
        console.print(Padding(printable(line), (0, 0, 0, INDENT)))


def _fit(row: ModelRow, fit: FitRow) -> list[str]:
    share = 100 * fit.min_arena_bytes / row.min_arena_bytes
    speed = "" if fit.instructions_ratio is None else f", {100 * (fit.instructions_ratio - 1):+.1f} % instructions"
    flash = f"{fit.flash_bytes - row.flash_bytes:+,} bytes of flash"
    first = f"arena {format_size(fit.min_arena_bytes)} bytes ({share:.1f} %){speed}, {flash}"
    return [first, *(f"- {step}" for step in fit.steps)]
