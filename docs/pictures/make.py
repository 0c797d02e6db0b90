"""Makes the pictures of the documentation out of predictions: python docs/pictures/make.py.

Each is an SVG that follows the reader's light or dark setting; a test holds the files against what this script makes.
"""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from arenafit.targets.choice import TARGETS
from arenafit.tflite import read_model
from arenafit.tflm import Footprint, footprint
from arenafit.units import format_size

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
_WIDTH = 760
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1c2733 }
  .small { font-size: 11px }
  .line { stroke: #5b6b7a; fill: none }
  .head { fill: #9ec5e8; stroke: #1f5f99 }
  .peak { fill: #f0b37e; stroke: #8a4a12; stroke-width: 3 }
  .tail { fill: #b7dbb0; stroke: #2f6b26 }
  .free { fill: none; stroke: #5b6b7a; stroke-dasharray: 4 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .line, .free { stroke: #93a4b5 }
    .head { fill: #1f4f7d; stroke: #8fc1ee }
    .peak { fill: #7a4314; stroke: #f3b98a }
    .tail { fill: #2c5b25; stroke: #a9d8a0 }
  }
"""


def arena(found: Footprint) -> str:
    """Return one arena and two arenas, to scale."""
    two = found.two_arenas
    parts = [
        _text(10, 22, f"one arena of {format_size(found.min_arena_bytes)} bytes: MicroInterpreter(…, arena, size)")
    ]
    scale = (_WIDTH - 20) / found.min_arena_bytes
    head, tail = found.head_bytes * scale, found.tail_bytes * scale
    parts += _bar(10, 32, head, "head", f"head: {format_size(found.head_bytes)}", "activations and scratch buffers →")
    parts += _bar(_WIDTH - 10 - tail, 32, tail, "tail", f"tail: {format_size(found.tail_bytes)}", "← persistent")
    parts.append(_text(10, 122, "two arenas: MicroAllocator::Create(persistent, …, non_persistent, …)"))
    width = two.non_persistent_bytes * scale
    label = f"non-persistent: {format_size(two.non_persistent_bytes)}"
    parts += _bar(10, 132, width, "head", label, "belongs in fast SRAM")
    width = two.persistent_bytes * scale
    label = f"persistent: {format_size(two.persistent_bytes)}"
    parts += _bar(_WIDTH - 10 - width, 132, width, "tail", label, "slower memory will do")
    return _svg(200, "The arena of a small model, to scale", parts)


def _bar(x: float, y: float, width: float, kind: str, *lines: str) -> list[str]:
    return [
        f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="52" rx="3"/>',
        *(_text(x + 6, y + 22 + 18 * index, line, small=index > 0) for index, line in enumerate(lines)),
    ]


def plan(found: Footprint) -> str:
    """Return the plan of the head: address upwards, operators to the right, the peak marked."""
    left, top, height = 70, 34, 300
    steps = found.lifetimes.scopes
    across = (_WIDTH - left - 10) / (steps + 1)
    up = height / found.head_bytes
    at_peak = {id(item) for item in found.peak.buffers}
    parts = [_text(10, 20, f"address, up to {format_size(found.head_bytes)} bytes; a column is an operator")]
    for item in found.plan:
        live = item.buffer.live
        x, width = left + across * (live.first + 1), across * (live.end - live.first)
        size = item.end_bytes - item.offset_bytes
        y = top + height - item.end_bytes * up
        kind = "peak" if id(item) in at_peak else "head"
        box = f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{size * up:.1f}"/>'
        parts.append(f"<g>{box}<title>{format_size(item.buffer.size_bytes)} bytes</title></g>")
        if size * up > 16 and width > 44:
            parts.append(_text(x + 4, y + 14, format_size(item.buffer.size_bytes), small=True))
    bottom = top + height
    parts.append(f'<path class="line" d="M{left} {top}V{bottom}H{_WIDTH - 10}"/>')
    parts += [_text(8, bottom, "0", small=True), _text(8, top + 10, format_size(found.head_bytes), small=True)]
    for scope in range(0, steps, max(1, steps // 10)):
        parts.append(_text(left + across * (scope + 1), bottom + 16, f"#{scope}", small=True))
    peak = f"thick edges: the peak, {format_size(found.peak.live_bytes)} bytes are live at once"
    parts.append(_text(left, bottom + 36, peak, small=True))
    return _svg(bottom + 48, "Where the planner puts the tensors of a small model", parts)


def _text(x: float, y: float, text: str, *, small: bool = False) -> str:
    kind = ' class="small"' if small else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _svg(height: float, title: str, parts: list[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img">'
    return "\n".join([head, f"<title>{escape(title)}</title>", f"<style>{_STYLE}</style>", *parts, "</svg>", ""])


def pictures() -> Mapping[str, str]:
    """Return every picture by file name."""
    found = footprint(read_model(EXAMPLES / "small" / "mobile_int8.tflite"), TARGETS[0])
    streaming = footprint(read_model(EXAMPLES / "small" / "streaming_fp32.tflite"), TARGETS[0])
    return {"arena.svg": arena(streaming), "plan.svg": plan(found)}


if __name__ == "__main__":
    for name, text in pictures().items():
        (HERE / name).write_text(text, encoding="utf-8")
        print(f"wrote {name}")
