"""Renders a measurement for a terminal."""

from rich.console import Console
from rich.text import Text

from arenafit.report.documents.measurement import ComparisonPart, MeasurementDocument
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._answer import answer
from arenafit.report.render.terminal._tables import section, table
from arenafit.runtime import Record
from arenafit.units import format_size


@names_are_data
def render(document: MeasurementDocument, console: Console) -> None:
    """Print the measurement, and the comparison if there is one."""
    answer(document.answer, console)
    runtime = document.runtime
    console.print(Text(document.model, style="bold"))
    for finding in document.findings:
        console.print(Text(f"{finding.severity.upper()}: {finding.sentence}", style="bold red"))
    console.print(
        Text(f"{document.figures} on {runtime.name} {runtime.version} ({runtime.kernels} kernels, {runtime.abi})")
    )
    release = document.release
    if release is not None:
        console.print(Text(f"asked for: TFLM of {release.name} ({release.tflm})"))
        if release.stands_in:
            console.print(Text("no wheel is as old as that: the oldest stands in", style="bold yellow"))
    sizes = [
        ("total", document.total_bytes, "what RecordingMicroAllocator prints"),
        ("head", document.head_bytes, "planned: activations and scratch buffers"),
        ("tail", document.tail_bytes, "persistent: tables, operators' data, variables"),
        ("smallest working arena", document.min_arena_bytes, "found by trying, in steps of 16 bytes"),
    ]
    rows = [(name, format_size(size), meaning) for name, size, meaning in sizes if size is not None]
    section(console, "arena, bytes", table(("", "bytes", "meaning"), rows, right=("bytes",), wide="meaning"))
    if document.records:
        columns = ("category", "bytes", "requested", "count")
        rows_recorded = [_record(record) for record in document.records]
        section(console, "tail by category", table(columns, rows_recorded, right=columns[1:]))
    if document.comparison is not None:
        _compare(document.comparison, console)


def _record(record: Record) -> tuple[str, ...]:
    figures = (record.used_bytes, record.requested_bytes, record.count)
    return (record.title, *(format_size(figure) for figure in figures))


def _compare(part: ComparisonPart, console: Console) -> None:
    columns = ("", "predicted", "measured", "difference")
    rows = [
        (row.what, format_size(row.predicted), format_size(row.measured), f"{row.difference:+,}".removeprefix("+0"))
        for row in part.rows
    ]
    body = table(columns, rows, right=columns[1:])
    section(console, f"predicted for {part.target} beside measured: {_verdict(part)}", body)
    for reason in part.estimated:
        console.print(Text(f"  the prediction is ESTIMATED: {reason}", style="bold yellow"))


def _verdict(part: ComparisonPart) -> str:
    if part.equal:
        return f"all {len(part.rows)} rows are equal"
    return f"{sum(1 for row in part.rows if row.difference)} of {len(part.rows)} rows differ"
