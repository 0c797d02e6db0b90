"""`arenafit boards`: which boards are known."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from arenafit.cli._console import console
from arenafit.cli._options import JsonOption
from arenafit.report.boards import boards_document
from arenafit.targets.boards import all_boards, find_board
from arenafit.units import format_size


def run(
    board: Annotated[str | None, typer.Argument(help="Show this board in full; a name or a `.toml` file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the boards that `--board` knows, or show one: its memories, its reserve, where the figures come from.

    The arena columns give the largest arena that fits into one memory on the chip, or beside it, after what the
    board's description keeps for the stack and the firmware's own data. The figures' sources stand with each board.
    """
    document = boards_document([find_board(board)] if board else all_boards())
    if as_json:
        typer.echo(json.dumps(document, indent=2))
    elif board:
        _show_one(document["boards"][0])
    else:
        _show_all(document["boards"])


def _show_all(boards: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("board", "title", "core"):
        table.add_column(column, no_wrap=column != "title")  # the title gives way, never a figure
    for column in ("arena on chip", "off chip", "flash"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in boards:
        off_chip = format_size(row["off_chip_arena_bytes"]) if row["off_chip_arena_bytes"] else "-"
        sizes = (format_size(row["on_chip_arena_bytes"]), off_chip, format_size(row["flash_bytes"]))
        table.add_row(row["name"], row["title"], row["core"], *sizes)
    console().print(table)


def _show_one(row: dict[str, Any]) -> None:
    out = console()
    out.print(f"{row['name']}: {row['title']} ({row['mcu']}, {row['core']})", markup=False)
    kernels = row["kernels"] + (f"; its usual builds use {row['usual_kernels']}" if row["usual_kernels"] else "")
    out.print(f"ABI {row['abi']}, kernels priced: {kernels}", markup=False)
    out.print(f"flash {format_size(row['flash_bytes'])}, {format_size(row['flash_reserve_bytes'])} kept for firmware")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("memory")
    table.add_column("speed")
    for column in ("bytes", "reserve", "for an arena"):
        table.add_column(column, justify="right")
    table.add_column("note")
    for ram in row["ram"]:
        sizes = [format_size(ram[key]) for key in ("size_bytes", "reserve_bytes", "available_bytes")]
        table.add_row(ram["name"], ram["speed"], *sizes, ram["note"])
    out.print(table)
    for text in [row["note"], *(f"source: {source}" for source in row["sources"])]:
        if text:
            out.print(text, markup=False)
