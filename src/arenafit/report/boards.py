"""The list of boards as plain data."""

from collections.abc import Iterable
from typing import Any

from arenafit.targets.boards import Board, Region


def boards_document(boards: Iterable[Board]) -> dict[str, Any]:
    """Return the boards as a JSON-ready document; sizes in bytes."""
    return {"document": "arenafit.boards", "version": 1, "boards": [_board(board) for board in boards]}


def _board(board: Board) -> dict[str, Any]:
    return {
        "name": board.name,
        "title": board.title,
        "mcu": board.mcu,
        "core": board.core,
        "abi": board.abi.value,
        "kernels": board.kernels.value,
        "usual_kernels": board.usual_kernels,
        "flash_bytes": board.flash_bytes,
        "flash_reserve_bytes": board.flash_reserve_bytes,
        "on_chip_arena_bytes": board.on_chip_bytes,
        "off_chip_arena_bytes": board.off_chip_bytes,
        "ram": [_region(region) for region in board.regions],
        "sources": list(board.sources),
        "note": board.note,
    }


def _region(region: Region) -> dict[str, Any]:
    return {
        "name": region.name,
        "size_bytes": region.size_bytes,
        "speed": region.speed.value,
        "reserve_bytes": region.reserve_bytes,
        "available_bytes": region.available_bytes,
        "usable": region.usable,
        "note": region.note,
    }
