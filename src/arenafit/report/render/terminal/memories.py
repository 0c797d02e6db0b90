"""Renders a model over several memories for a terminal."""

from rich.console import Console

from arenafit.report.documents.memory_rows import MemoriesRow
from arenafit.report.render.terminal._tables import section, table
from arenafit.units import format_size


def render_memories(row: MemoriesRow, console: Console) -> None:
    """Print each memory with what it holds and the traffic it serves, and how good the plan is."""
    columns = ("memory", "taken", "of it buffers", "spare", "cost of a byte", "moved per Invoke", "share")
    rows = [
        (
            f"{item.name}, with the arena" if item.has_arena else item.name,
            format_size(item.taken_bytes),
            format_size(item.buffers_bytes),
            format_size(item.spare_bytes),
            _cost(item.read_cost, item.write_cost),
            format_size(item.read_bytes + item.written_bytes),
            f"{item.share:.1%}",
        )
        for item in row.memories
    ]
    title = "memories, bytes; what buffers move is predicted"
    section(console, title, table(columns, rows, right=columns[1:], wide="memory"))
    console.print(
        f"cost {row.cost:,.0f}, no plan below {row.bound:,.0f} (gap {row.gap:.1%});"
        f" buffers take {format_size(row.all_memories_bytes)} bytes, {format_size(row.one_memory_bytes)} in one memory",
        highlight=False,
    )


def _cost(read: float, write: float) -> str:
    return f"{read:g}" if read == write else f"{read:g} / {write:g}"
