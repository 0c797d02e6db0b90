"""Boards: one TOML file each in boards/, what third parties add by entry point, or a file named on the command line.

A third party's entry point in the group ``arenafit.boards`` loads to a `Board` (made by `read_board`).
"""

import difflib
from dataclasses import dataclass, replace
from enum import Enum
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from arenafit.errors import TargetError
from arenafit.targets.libraries import KernelLibrary, find_library
from arenafit.targets.memories import Region, Speed
from arenafit.targets.releases import products
from arenafit.targets.target import Abi, Target
from arenafit.textfiles import parse_toml, read_text

E = TypeVar("E", bound=Enum)

ENTRY_POINT_GROUP = "arenafit.boards"

_FASTEST_FIRST = tuple(Speed)


@dataclass(frozen=True, slots=True)
class Board:
    """A board people use. `usual_kernels` names the library its builds of TFLM use when arenafit does not model it.

    `product` names what carries TFLM there as a rule, as `targets.releases` knows it; None where nothing is usual.
    """

    name: str
    title: str
    mcu: str
    core: str
    abi: Abi
    kernels: KernelLibrary
    flash_bytes: int
    flash_reserve_bytes: int
    regions: tuple[Region, ...]
    sources: tuple[str, ...]
    usual_kernels: str | None = None
    note: str = ""
    product: str | None = None
    file: str | None = None  # the file as the user named it, where the board is none of the catalogue

    @property
    def argument(self) -> str:
        """What names the board on a command line."""
        return self.file or self.name

    @property
    def priced_otherwise(self) -> tuple[str, ...]:
        """What to say where its usual builds use kernels that are not modelled; nothing where they are."""
        if self.usual_kernels is None:
            return ()
        return (f"builds for {self.title} usually use {self.usual_kernels}; priced with {self.kernels.name} kernels",)

    @property
    def on_chip_bytes(self) -> int:
        """The largest arena that goes into one memory of the chip."""
        return max((region.available_bytes for region in self.regions if region.speed is not Speed.PSRAM), default=0)

    @property
    def off_chip_bytes(self) -> int:
        """The largest arena that goes into one memory beside the chip; 0 if there is none."""
        return max((region.available_bytes for region in self.regions if region.speed is Speed.PSRAM), default=0)

    @property
    def target(self) -> Target:
        """The target to price a model for; its RAM is what the largest on-chip memory leaves, its flash likewise."""
        flash_bytes = max(0, self.flash_bytes - self.flash_reserve_bytes)
        return Target(self.name, self.abi, self.kernels, flash_bytes=flash_bytes)

    def with_reserve(self, reserve_bytes: int) -> "Board":
        """Return the board with another reserve in each memory that has one."""
        regions = tuple(
            replace(region, reserve_bytes=reserve_bytes) if region.reserve_bytes else region for region in self.regions
        )
        return replace(self, regions=regions)


@dataclass(frozen=True, slots=True)
class RegionFit:
    """How an arena stands to one memory; `spare_bytes` below zero is how much is missing."""

    region: Region
    spare_bytes: int

    @property
    def fits(self) -> bool:
        """Whether the arena goes into the region."""
        return self.spare_bytes >= 0


@dataclass(frozen=True, slots=True)
class BoardFit:
    """How a model stands to a board: every region an arena may go to, fastest first, and the flash."""

    board: Board
    arena_bytes: int
    model_bytes: int
    regions: tuple[RegionFit, ...]
    flash_spare_bytes: int

    @property
    def best(self) -> RegionFit:
        """The fastest region the arena fits into; if there is none, the one that misses least."""
        fitting = [fit for fit in self.regions if fit.fits]
        return fitting[0] if fitting else max(self.regions, key=lambda fit: fit.spare_bytes)

    @property
    def fits(self) -> bool:
        """Whether both the arena and the model file fit."""
        return self.best.fits and self.flash_spare_bytes >= 0


def fits(board: Board, arena_bytes: int, model_bytes: int) -> BoardFit:
    """Return how an arena and a model file of these sizes stand to `board`, its reserves left free."""
    usable = sorted((region for region in board.regions if region.usable), key=_placement_order)
    return BoardFit(
        board,
        arena_bytes,
        model_bytes,
        tuple(RegionFit(region, region.available_bytes - arena_bytes) for region in usable),
        board.flash_bytes - board.flash_reserve_bytes - model_bytes,
    )


def all_boards() -> tuple[Board, ...]:
    """Return the boards of this package and those of third parties, by name.

    Raises:
        TargetError: if a description is unusable or two boards share a name.
    """
    ours = [read_board(file) for file in files("arenafit.targets").joinpath("boards").iterdir() if _is_toml(file)]
    theirs = [_checked(point.name, point.load()) for point in entry_points(group=ENTRY_POINT_GROUP)]
    boards = sorted(ours + theirs, key=lambda board: board.name)
    for left, right in pairwise(boards):
        if left.name == right.name:
            raise TargetError(f"two boards are named '{left.name}'; rename the one that an installed package adds")
    return tuple(boards)


def find_board(name_or_path: str) -> Board:
    """Return the board of this name, or the one a ``.toml`` file describes.

    Raises:
        TargetError: if there is no such board, or its description is unusable.
    """
    if name_or_path.endswith(".toml"):
        return replace(read_board(Path(name_or_path)), file=name_or_path)
    boards = {board.name: board for board in all_boards()}
    if name_or_path in boards:
        return boards[name_or_path]
    close = difflib.get_close_matches(name_or_path.lower(), boards, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    raise TargetError(f"there is no board '{name_or_path}': {hint}'arenafit boards' lists them, a .toml file adds one")


def board_file(name_or_path: str | None) -> Path | None:
    """Return the file that describes the board, where a file was named."""
    return Path(name_or_path) if name_or_path is not None and name_or_path.endswith(".toml") else None


def read_board(file: Path | Traversable) -> Board:
    """Return the board that a TOML file describes; its name is the file's.

    Raises:
        TargetError: if the file cannot be read or breaks the schema (docs/boards.md).
    """
    where = f"board file '{file}'"
    text = read_text(file, TargetError, what="board file") if isinstance(file, Path) else file.read_text("utf-8")
    table = parse_toml(text, where, TargetError)
    return _board(_Fields(table, f"board file '{file.name}'"), file.name.removesuffix(".toml"))


def _board(fields: "_Fields", name: str) -> Board:
    rows = fields.take("ram", list)
    board = Board(
        name=name,
        title=fields.take("title", str),
        mcu=fields.take("mcu", str),
        core=fields.take("core", str),
        abi=fields.take_enum("abi", Abi),
        kernels=fields.take_kernels("kernels"),
        flash_bytes=fields.take_size("flash_bytes"),
        flash_reserve_bytes=fields.take_size("flash_reserve_bytes"),
        regions=tuple(_region(_Fields(row, f"{fields.where}, ram {index + 1}")) for index, row in enumerate(rows)),
        sources=tuple(fields.take("sources", list)),
        usual_kernels=fields.take("usual_kernels", str, None),
        note=fields.take("note", str, ""),
        product=fields.take("product", str, None),
    )
    fields.must_be_empty()
    if board.product is not None and board.product not in products():
        raise TargetError(f"{fields.where}: 'product' must be one of {', '.join(products())}")
    if not any(region.available_bytes for region in board.regions):
        raise TargetError(f"{fields.where}: no memory is left for an arena")
    if len({region.name for region in board.regions}) < len(board.regions):
        raise TargetError(f"{fields.where}: two memories share a name")
    if not board.sources or not all(isinstance(source, str) and source for source in board.sources):
        raise TargetError(f"{fields.where}: 'sources' must name where the figures come from")
    return board


def _region(fields: "_Fields") -> Region:
    region = Region(
        name=fields.take("name", str),
        size_bytes=fields.take_size("size_bytes"),
        speed=fields.take_enum("speed", Speed),
        reserve_bytes=fields.take_size("reserve_bytes", 0),
        usable=fields.take("usable", bool, True),
        note=fields.take("note", str, ""),
        read_cost=fields.take_cost("read_cost"),
        write_cost=fields.take_cost("write_cost"),
        section=fields.take("section", str, ""),
    )
    fields.must_be_empty()
    return region


class _Fields:
    """A TOML table that is read key by key; what is missing, of the wrong type or left over is an error."""

    def __init__(self, table: Any, where: str) -> None:
        if not isinstance(table, dict):
            raise TargetError(f"{where}: must be a table")
        self.table = dict(table)
        self.where = where

    def take(self, key: str, kind: type, *default: Any) -> Any:
        """Return and remove the value of `key`; the default, if one is given, where it is missing."""
        if key not in self.table and default:
            return default[0]
        if key not in self.table:
            raise TargetError(f"{self.where}: '{key}' is missing")
        value = self.table.pop(key)
        if type(value) is not kind:
            raise TargetError(f"{self.where}: '{key}' must be of type {kind.__name__}, not {type(value).__name__}")
        return value

    def take_size(self, key: str, *default: int) -> int:
        """Return and remove a number of bytes."""
        value: int = self.take(key, int, *default)
        if value < 0:
            raise TargetError(f"{self.where}: '{key}' must not be negative")
        return value

    def take_cost(self, key: str) -> float | None:
        """Return and remove the relative cost of a byte, None where none is stated."""
        if key not in self.table:
            return None
        value = self.table.pop(key)
        if type(value) not in (int, float) or not 0 < value < 1e6:
            raise TargetError(f"{self.where}: '{key}' must be a number above 0 and below 1,000,000")
        return float(value)

    def take_enum(self, key: str, choices: type[E]) -> E:
        """Return and remove the member of `choices` that the value of `key` names."""
        value = self.take(key, str)
        for choice in choices:
            if choice.value == value:
                return choice
        known = ", ".join(choice.value for choice in choices)
        raise TargetError(f"{self.where}: '{key}' is '{value}', must be one of {known}")

    def take_kernels(self, key: str) -> KernelLibrary:
        """Return and remove the kernel library that the value of `key` names."""
        value: str = self.take(key, str)
        try:
            return find_library(value)
        except TargetError as error:
            raise TargetError(f"{self.where}: '{key}': {error}") from None

    def must_be_empty(self) -> None:
        """Check that every key has been taken."""
        if self.table:
            raise TargetError(f"{self.where}: unknown key '{next(iter(self.table))}'")


def _placement_order(region: Region) -> tuple[int, int]:
    return _FASTEST_FIRST.index(region.speed), region.size_bytes


def _is_toml(file: Traversable) -> bool:
    return file.name.endswith(".toml")


def _checked(name: str, found: object) -> Board:
    if not isinstance(found, Board):
        raise TargetError(f"entry point '{name}' of group {ENTRY_POINT_GROUP} is no Board")
    return found
