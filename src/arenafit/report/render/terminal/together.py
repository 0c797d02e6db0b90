"""Renders models that share an arena for a terminal."""

from rich.console import Console
from rich.text import Text

from arenafit.report.documents.together import TogetherDocument
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._tables import section, table
from arenafit.units import format_size


@names_are_data
def render(document: TogetherDocument, console: Console) -> None:
    """Print the front, and what was exported."""
    console.print(Text(document.headline(), style="bold"))
    rows = [
        [
            f"{format_size(item.arena_bytes)}{' *' if place == document.picked else ''}",
            format_size(item.apart_bytes),
            "-" if item.drop is None else f"{item.drop:+.2%}",
            "  ".join(member.name for member in item.members),
        ]
        for place, item in enumerate(document.front)
    ]
    columns = ["together", "apart", "drop", "models"]
    shown = table(columns, rows, right=("together", "apart", "drop"), wide="models")
    section(console, f"in turn in one arena, on {document.target}", shown)
    console.print(Text(f"exported: an arena of {format_size(document.exported_arena_bytes)} bytes, margin included"))
    for path in document.written:
        console.print(Text(f"written: {path}"))
