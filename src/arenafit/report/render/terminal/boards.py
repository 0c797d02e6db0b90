"""Renders boards for a terminal: all of them in a table, or one in full."""

from rich.console import Console
from rich.text import Text

from arenafit.report.documents.boards import BoardDescription, BoardsDocument
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._tables import table
from arenafit.units import format_size


@names_are_data
def render(document: BoardsDocument, console: Console) -> None:
    """Print a line per board."""
    columns = ("board", "title", "core", "arena on chip", "off chip", "flash")
    rows = [
        (
            board.name,
            board.title,
            board.core,
            format_size(board.on_chip_arena_bytes),
            format_size(board.off_chip_arena_bytes) if board.off_chip_arena_bytes else "-",
            format_size(board.flash_bytes),
        )
        for board in document.boards
    ]
    console.print(table(columns, rows, right=columns[3:], wide="title"))


def render_one(board: BoardDescription, console: Console) -> None:
    """Print one board: its memories, its reserves, where the figures come from."""
    usual = f"; its usual builds use {board.usual_kernels}" if board.usual_kernels else ""
    lines = [
        f"{board.name}: {board.title} ({board.mcu}, {board.core})",
        f"ABI {board.abi}, kernels priced: {board.kernels}{usual}",
        f"flash {format_size(board.flash_bytes)}, {format_size(board.flash_reserve_bytes)} kept for firmware",
    ]
    for line in lines:
        console.print(Text(line))
    columns = ("memory", "speed", "bytes", "reserve", "for an arena", "note")
    rows = [
        (
            memory.name,
            memory.speed,
            *(format_size(size) for size in (memory.size_bytes, memory.reserve_bytes, memory.available_bytes)),
            memory.note,
        )
        for memory in board.ram
    ]
    console.print(table(columns, rows, right=columns[2:5], wide="note"))
    for line in [board.note, *(f"source: {source}" for source in board.sources)]:
        if line:
            console.print(Text(line))
