"""Renders an `Inspection` for a terminal."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from arenafit.report.documents.inspection import BoardRow, BufferRow, ElsewhereRow, Inspection, OpRow, TailRow
from arenafit.report.documents.inspection_build import board_verdict
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._answer import answer, more
from arenafit.report.render.terminal._tables import cut, printable, section, table
from arenafit.report.render.terminal.memories import render_memories
from arenafit.units import format_count, format_size

_WIDE = 110  # columns from which on tables show where a buffer lies and when it lives
_NAME_LENGTH = 40
_NAME_LENGTH_NARROW = 28


@names_are_data
def render(document: Inspection, console: Console, *, plan: bool = False, everything: bool = False) -> None:
    """Print the answer, head and tail, and the peak; with `everything` all tables; with `plan` TFLM's own drawing."""
    answer(document.answer, console)
    _heading(document, console)
    if everything:
        _sizes(document, console)
    head = document.head
    peak = f"peak of the head: {format_size(head.peak.live_bytes)} bytes live"
    if head.peak.op is not None:
        peak += f" in {head.peak.op.label}"
    section(console, peak, head.peak.why)
    gaps = head.size_bytes - head.peak.live_bytes
    if gaps > 0:
        lost = f"the head is {format_size(gaps)} bytes higher: gaps between buffers as TFLM places them"
        console.print(Text(f"  {lost}", style="dim"))
    console.print(_indented(_buffers(head.peak.buffers, console.width)))
    if any(row.role == "held" for row in head.peak.buffers):
        console.print(Text("  held: must stay for a later operator, or is the input of a loop", style="dim"))
    if any(row.same_memory for row in head.peak.buffers):
        console.print(Text("  (+n): n more buffers lie in the same memory", style="dim"))
    if document.memories is not None:
        render_memories(document.memories, console)
    if everything:
        _evidence(document, console)
    else:
        more("long-lived and large tensors, the tail, other targets, each memory of a board", console)
    if plan:
        section(console, "the plan of the head as TFLM prints it", "")
        # TFLM's lines are meant to be compared with a firmware's log: no indent, no wrapping.
        console.print(Text(document.ascii_plan.rstrip()), soft_wrap=True)


def _evidence(document: Inspection, console: Console) -> None:
    head, width = document.head, console.width
    if head.long_lived:
        section(console, "long-lived tensors", _buffers(head.long_lived, width))
    section(console, "large tensors", _buffers(head.large, width))
    if head.orphans:
        section(console, "orphans: nobody uses them, yet TFLM plans memory for them", _buffers(head.orphans, width))
    if head.unreached:
        title = "of graphs that never run (another signature), yet TFLM plans memory for them"
        section(console, title, _buffers(head.unreached, width))
    _tail(document.tail, console)
    section(console, "predicted on other targets", _elsewhere(document.elsewhere))
    if document.board is not None:
        _board(document.board, console)


def _indented(body: Table) -> Table:
    grid = Table.grid(padding=(0, 0))
    grid.add_row("  ", body)
    return grid


def _heading(document: Inspection, console: Console) -> None:
    graphs = f" in {document.graphs} graphs" if document.graphs > 1 else ""
    console.print(
        Text.assemble(
            (document.model, "bold"),
            f": {format_count(document.operators, 'operator')}{graphs}, {format_count(document.tensors, 'tensor')},"
            f" {format_size(document.model_bytes)} bytes of flash",
        )
    )
    target = document.target
    where = f"{target.name} ({target.abi}, {target.kernels} kernels)"
    console.print(Text(f"{document.figures} for {where}, allocated as in TFLM of {target.tflm}"))
    head, tail = format_size(document.head.size_bytes), format_size(document.tail.size_bytes)
    console.print(Text(f"head (activations, scratch) {head} bytes, tail (tables, operators' data) {tail} bytes"))
    if document.made_by is not None:
        console.print(printable(document.made_by))
    for finding in document.findings:
        console.print(printable(f"{finding.severity.upper()}: {finding.sentence}", "bold red"))
    for reason in document.estimated:
        console.print(printable(f"ESTIMATED: {reason}", "bold yellow"))


def _sizes(document: Inspection, console: Console) -> None:
    rows = [
        ("smallest working arena", format_size(document.min_arena_bytes), document.binding.why),
        ("head", format_size(document.head.size_bytes), document.head.planner),
        ("tail", format_size(document.tail.size_bytes), "persistent: tables, operators' data, variables"),
        (
            "transient",
            format_size(document.transient_bytes),
            "what allocating holds in the head's place, gone before Invoke",
        ),
        ("used", format_size(document.used_bytes), "what arena_used_bytes() reports"),
        ("recorded", format_size(document.recorded_bytes), "what RecordingMicroAllocator prints as total"),
    ]
    section(console, "arena, bytes", table(("", "bytes", "meaning"), rows, right=("bytes",), wide="meaning"))


def _buffers(rows: Iterable[BufferRow], width: int) -> Table:
    shown = list(rows)
    wide = width >= _WIDE
    cells = [_buffer(row, wide=wide) for row in shown]
    columns = ("role", "tensor", "shape", "bytes", "offset", "from", "to")
    return table(columns if wide else columns[:4], cells, right=("bytes", "offset"), wide="tensor")


def _buffer(row: BufferRow, *, wide: bool) -> tuple[str, ...]:
    same = f" (+{row.same_memory})" if row.same_memory else ""
    shape = f"{row.dtype}[{','.join(map(str, row.shape))}]" if row.dtype else ""
    size = format_size(row.size_bytes)
    if not wide:
        return (row.role, cut(row.name, _NAME_LENGTH_NARROW) + same, shape, size)
    place = (format_size(row.offset_bytes), _place(row.first_op), _place(row.last_op))
    return (row.role, cut(row.name, _NAME_LENGTH) + same, shape, size, *place)


def _place(op: OpRow | None) -> str:
    return op.label.replace("graph ", "g") if op is not None else "-"  # columns are narrow


def _tail(tail: TailRow, console: Console) -> None:
    categories = [(row.category, format_size(row.size_bytes)) for row in tail.categories]
    section(console, "tail by category", table(("category", "bytes"), categories, right=("bytes",)))
    ops = [(row.op.label, format_size(row.size_bytes), ", ".join(row.parts)) for row in tail.ops]
    columns = ("operator", "bytes", "largest parts")
    section(console, "tail by operator", table(columns, ops, right=("bytes",), wide="largest parts"))
    drivers = [
        (row.name, format_size(row.size_bytes), f"{row.what}; lowered by: {row.lowered_by}") for row in tail.drivers
    ]
    columns = ("driver", "bytes", "what it is, and what would lower it")
    section(console, "what drives the tail", table(columns, drivers, right=("bytes",), wide=columns[2]))


def _elsewhere(rows: Iterable[ElsewhereRow]) -> Table:
    cells = [
        (row.target, _figure(row.min_arena_bytes), _figure(row.head_bytes), _figure(row.tail_bytes), row.error)
        for row in rows
    ]
    columns = ("target", "smallest working arena", "head", "tail", "")
    return table(columns, cells, right=columns[1:4], wide="")


def _figure(size_bytes: int | None) -> str:
    return "-" if size_bytes is None else format_size(size_bytes)


def _board(board: BoardRow, console: Console) -> None:
    cells = [
        (
            region.name,
            region.speed,
            format_size(region.size_bytes),
            format_size(region.reserve_bytes),
            "fits" if region.fits else "does not fit",
            f"{region.spare_bytes:+,}",
        )
        for region in board.regions
    ]
    columns = ("memory", "speed", "bytes", "reserve", "the arena", "to spare")
    section(console, board_verdict(board), table(columns, cells, right=("bytes", "reserve", "to spare"), wide="memory"))
    if board.note:
        console.print(Text(f"  {board.note}"))
