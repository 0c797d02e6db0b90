"""The list of boards as a document."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from arenafit.report.documents.document import Document
from arenafit.targets.boards import Board
from arenafit.targets.memories import Region


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """One memory of a board; `available_bytes` is what an arena may take of it."""

    name: str
    size_bytes: int
    speed: str
    reserve_bytes: int
    available_bytes: int
    usable: bool
    note: str


@dataclass(frozen=True, slots=True)
class BoardDescription:
    """A board; the arena figures are the largest arenas that fit into one memory, on the chip and beside it."""

    name: str
    title: str
    mcu: str
    core: str
    abi: str
    kernels: str
    usual_kernels: str | None
    flash_bytes: int
    flash_reserve_bytes: int
    on_chip_arena_bytes: int
    off_chip_arena_bytes: int
    ram: tuple[MemoryRow, ...]
    sources: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class BoardsDocument(Document):
    """The boards that are known, by name."""

    NAME: ClassVar[str] = "boards"
    VERSION: ClassVar[int] = 1

    boards: tuple[BoardDescription, ...]


def boards_document(boards: Iterable[Board]) -> BoardsDocument:
    """Return the boards as a document."""
    return BoardsDocument(tuple(_board(board) for board in boards))


def _board(board: Board) -> BoardDescription:
    return BoardDescription(
        name=board.name,
        title=board.title,
        mcu=board.mcu,
        core=board.core,
        abi=board.abi.value,
        kernels=board.kernels.name,
        usual_kernels=board.usual_kernels,
        flash_bytes=board.flash_bytes,
        flash_reserve_bytes=board.flash_reserve_bytes,
        on_chip_arena_bytes=board.on_chip_bytes,
        off_chip_arena_bytes=board.off_chip_bytes,
        ram=tuple(_memory(region) for region in board.regions),
        sources=board.sources,
        note=board.note,
    )


def _memory(region: Region) -> MemoryRow:
    return MemoryRow(
        name=region.name,
        size_bytes=region.size_bytes,
        speed=region.speed.value,
        reserve_bytes=region.reserve_bytes,
        available_bytes=region.available_bytes,
        usable=region.usable,
        note=region.note,
    )
