"""Renders an export for a terminal."""

from rich.console import Console
from rich.text import Text

from arenafit.report.documents.export import ExportDocument, ManifestRow
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._answer import answer
from arenafit.report.render.terminal._tables import printable, section, table
from arenafit.report.render.terminal.memories import render_memories
from arenafit.units import format_count, format_size


@names_are_data
def render(document: ExportDocument, console: Console) -> None:
    """Print the arena sizes, what must be registered, and the files."""
    answer(document.answer, console)
    place = f"{document.board}, {document.target}" if document.board else document.target
    console.print(printable(f"{document.model}: {document.name} for {place}", "bold"))
    for finding in document.findings:
        console.print(printable(f"{finding.severity.upper()}: {finding.sentence}", "bold red"))
    for text in document.estimated:
        console.print(Text(f"ESTIMATED: {text}", style="bold yellow"))
    columns = ("arena", "belongs in", "smallest, predicted", "written")
    rows = [(row.name, row.where, format_size(row.min_bytes), format_size(row.size_bytes)) for row in document.arenas]
    title = f"arena, bytes; {format_size(document.margin_bytes)} of margin in what is written"
    section(console, title, table(columns, rows, right=columns[2:], wide="arena"))
    if document.memories is not None:
        render_memories(document.memories, console)
    operators = ", ".join(name.removeprefix("Add") for name in document.operators)
    section(console, format_count(len(document.operators) + len(document.custom_operators), "operator"), operators)
    for code in document.custom_operators:
        console.print(printable(f"  custom '{code}': TFLM does not bring it, op_resolver.h says what to define"))
    files = [(row.path, format_size(row.size_bytes)) for row in document.files]
    section(console, "written", table(("file", "bytes"), files, right=("bytes",), wide="file"))
    if document.manifest is not None:
        _manifest(document.manifest, console)


def _manifest(row: ManifestRow, console: Console) -> None:
    before = "none" if row.before_bytes is None else format_size(row.before_bytes)
    text = (
        f"tensor_arena_size {before} -> {format_size(row.after_bytes)}: {format_size(row.predicted_bytes)} predicted"
        " with the kernels and scratch buffers of the chip (by default the most of ESP32, S3 and P4; resource variables"
        " lie elsewhere in ESPHome), and a margin for other versions of ESP-NN and TFLM"
    )
    section(console, row.path, text)
