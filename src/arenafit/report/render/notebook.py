"""What a notebook shows of a document: a line that answers, and a picture of the arena where there is one.

Plain SVG and tables with their own colours, so that it is readable in light and dark notebooks, in exports and where no
script runs.
"""

from collections.abc import Iterator
from html import escape

from arenafit.report.documents.document import Document, plain
from arenafit.report.documents.fit import FitDocument
from arenafit.report.documents.html_report import ReportDocument
from arenafit.report.documents.inspection import Inspection
from arenafit.report.documents.memory_map import MapBuffer, MemoryMap
from arenafit.report.documents.operators import OperatorRow
from arenafit.report.render.names import names_are_data
from arenafit.units import format_size

WIDTH, HEIGHT, BAR = 760, 260, 34
_FILLS = {
    "input": "#4a90d9",
    "activation": "#55b48a",
    "output": "#e08a45",
    "scratch": "#c78bc4",
    "orphan": "#a8adb7",
    "tail": "#d9c36a",
}
_LETTER = 6.6  # pixels, at 11 px


@names_are_data
def render(document: Document) -> str:
    """Return HTML of the document for a notebook's cell."""
    return f'<div style="max-width:{WIDTH}px">{"".join(_parts(document))}</div>'


def _parts(document: Document) -> Iterator[str]:
    yield f"<p><b>{escape(document.headline())}</b></p>"
    answer = getattr(document, "answer", None)
    if answer is not None:
        yield f"<p>{escape(answer.verdict)}</p>"
    if isinstance(document, ReportDocument):
        for view in (document.before, document.after):
            if view is not None:
                yield f"<p>{escape(view.inspection.model)}</p>{map_svg(view.memory, view.operators)}"
    elif isinstance(document, Inspection):
        yield peak_svg(document)
    elif isinstance(document, FitDocument):
        yield _bars((("before", document.before_predicted_bytes), ("after", document.after_predicted_bytes)))
    elif answer is None:
        yield _table(document)
    for step in () if answer is None else answer.next:
        yield f"<p><code>{escape(step.command)}</code> {escape(step.why)}</p>"


def map_svg(memory: MemoryMap, operators: tuple[OperatorRow, ...]) -> str:
    """Return the memory map as SVG: time across, addresses upwards, the tail hanging from the top."""
    step = WIDTH / len(memory.steps)
    first = memory.steps[0].scope
    scale = HEIGHT / max(memory.arena_bytes, 1)

    def box(buffer: MapBuffer) -> str:
        place = ((buffer.first - first) * step, HEIGHT - buffer.end_bytes * scale)
        size = ((buffer.last - buffer.first + 1) * step, max((buffer.end_bytes - buffer.offset_bytes) * scale, 1))
        name = buffer.kind if buffer.producer is None else operators[buffer.producer].label
        return _box((*place, *size), buffer.kind, f"{name} {format_size(buffer.size_bytes)}", buffer.name)

    tail = memory.tail_bytes * scale
    boxes = [_box((0, 0, WIDTH, max(tail, 1)), "tail", f"tail {format_size(memory.tail_bytes)}", "persistent")]
    boxes += [box(buffer) for buffer in sorted(memory.buffers, key=lambda item: item.offset_bytes - item.end_bytes)]
    return _svg(HEIGHT, f"memory map, {format_size(memory.arena_bytes)} bytes", boxes)


def peak_svg(found: Inspection) -> str:
    """Return the arena at its peak as SVG: addresses from left to right, the tail at the end, the board's budget."""
    budget = None if found.board is None else found.min_arena_bytes + found.board.spare_bytes
    whole = max(found.min_arena_bytes, budget or 0, 1)
    scale = WIDTH / whole
    boxes = [f'<rect width="{WIDTH}" height="{BAR}" fill="#eceef2"/>'] if budget is not None else []
    for row in found.head.peak.buffers:
        label = f"{row.first_op.label} {format_size(row.size_bytes)}" if row.first_op else format_size(row.size_bytes)
        kind = "scratch" if row.role == "scratch" else "activation"
        boxes.append(_box((row.offset_bytes * scale, 0, row.size_bytes * scale, BAR), kind, label, row.name))
    tail = found.tail.size_bytes
    text = f"tail {format_size(tail)}"
    boxes.append(_box(((found.min_arena_bytes - tail) * scale, 0, tail * scale, BAR), "tail", text, "persistent"))
    if budget is not None:
        boxes.append(f'<rect x="{budget * scale - 2:.1f}" width="2" height="{BAR}" fill="#a3260b"/>')
    return _svg(BAR, f"the arena at its peak, {format_size(found.min_arena_bytes)} bytes", boxes)


def _bars(rows: tuple[tuple[str, int], ...]) -> str:
    whole = max(size for _, size in rows) or 1
    boxes = [
        _box((0, at * (BAR + 4), WIDTH * size / whole, BAR), "activation", f"{name} {format_size(size)}", name)
        for at, (name, size) in enumerate(rows)
    ]
    return _svg(len(rows) * (BAR + 4), "smallest working arena, before and after", boxes)


def _box(area: tuple[float, float, float, float], kind: str, label: str, title: str) -> str:
    x, y, width, height = area
    text = ""
    if height >= 13 and width >= _LETTER * len(label) + 6:
        text = f'<text x="{x + 3:.1f}" y="{y + 11:.1f}" font-size="11" fill="#0b0e13">{escape(label)}</text>'
    return (
        f'<g><title>{escape(title)}: {escape(label)} bytes</title><rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
        f' height="{height:.1f}" fill="{_FILLS[kind]}" stroke="#0b0e13" stroke-width=".5"/>{text}</g>'
    )


def _svg(height: float, label: str, boxes: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" aria-label="{escape(label)}"'
        f' style="max-width:100%;font-family:sans-serif">{"".join(boxes)}</svg>'
    )


def _table(document: Document) -> str:
    rows = [(key, value) for key, value in plain(document).items() if isinstance(value, str | int | float)]
    cells = "".join(f"<tr><th>{escape(key)}</th><td>{escape(str(value))}</td></tr>" for key, value in rows)
    return f"<table>{cells}</table>"
