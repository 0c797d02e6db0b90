"""Memories that a model's buffers may go to: size, what is kept of them, what a byte costs there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from arenafit.errors import ArenafitError, TargetError
from arenafit.units import align_down, parse_size

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_FORM = "write NAME=SIZE[:COST[/WRITE_COST]][@SECTION], such as axi=512K:1.5 or psram=8M:6@.ext_ram.bss"
# The arena begins and ends at multiples of this, and so does what is planned in every region.
_ALIGNMENT_BYTES = 16


class Speed(Enum):
    """Speed class of a memory, fastest first."""

    TCM = "tcm"  # tightly coupled: no wait states, not cached
    SRAM = "sram"  # on chip
    PSRAM = "psram"  # off chip: PSRAM, SDRAM, HyperRAM


# What a byte costs where a board's file does not say; only the ratios matter. See docs/memories.md.
_DEFAULT_COST = {Speed.TCM: 1.0, Speed.SRAM: 2.0, Speed.PSRAM: 8.0}


@dataclass(frozen=True, slots=True)
class Region:
    """One contiguous memory. `reserve_bytes` of it are left to the stack and the firmware's own data.

    `read_cost` and `write_cost` are what a byte costs in relation to the other memories of the board (the processor's
    cycles, say); None: what its speed class costs. `section` is the linker section that leads there, where it is known.
    """

    name: str
    size_bytes: int
    speed: Speed
    reserve_bytes: int = 0
    usable: bool = True  # False where an arena cannot go: another core's memory, code memory
    note: str = ""
    read_cost: float | None = None
    write_cost: float | None = None
    section: str = ""

    @property
    def available_bytes(self) -> int:
        """What an arena may take."""
        return max(0, self.size_bytes - self.reserve_bytes) if self.usable else 0

    @property
    def reading(self) -> float:
        """Relative cost of a byte read."""
        return _DEFAULT_COST[self.speed] if self.read_cost is None else self.read_cost

    @property
    def writing(self) -> float:
        """Relative cost of a byte written; that of reading where nothing else is said."""
        return self.reading if self.write_cost is None else self.write_cost

    @property
    def capacity_bytes(self) -> int:
        """What can be planned in it: `available_bytes` in whole steps of 16."""
        return align_down(self.available_bytes, _ALIGNMENT_BYTES)


def read_memories(texts: Iterable[str]) -> tuple[Region, ...]:
    """Return the memories that texts such as ``dtcm=128K`` and ``axi=512K:1.5`` describe.

    The form is NAME=SIZE[:COST[/WRITE_COST]][@SECTION]. The cost of a byte defaults to 1.

    Raises:
        TargetError: if a text has another form, or two memories share a name.
    """
    found = tuple(_memory(text) for text in texts)
    names = [region.name.lower().replace("-", "_") for region in found]
    for name in names:
        if names.count(name) > 1:
            raise TargetError(f"two memories are named '{name}': give each a name of its own")
    return found


def demand_memories(memories: Sequence[str], arena: str | None, pins: Sequence[str] = ()) -> None:
    """Refuse places in memories where no memories are named: they would say nothing.

    Raises:
        TargetError: if `arena` or `pins` name some and `memories` does not.
    """
    if not memories and (arena is not None or pins):
        raise TargetError("--arena and --pin name places in the memories of --memory: name these, too")


def chosen_memories(texts: Sequence[str], board: Iterable[Region] | None) -> tuple[Region, ...]:
    """Return the memories that `texts` name; ``board`` among them stands for those of the board that can be used.

    Raises:
        TargetError: as `read_memories`, or if ``board`` is named and there is none.
    """
    named = read_memories(text for text in texts if text != "board")
    if "board" not in texts:
        return named
    if board is None:
        raise TargetError("'--memory board' needs a board: name one with --board")
    own = tuple(region for region in board if region.capacity_bytes)
    for region in named:
        if region.name in {one.name for one in own}:
            raise TargetError(f"the board has a memory '{region.name}' already: give the other another name")
    return own + named


def _memory(text: str) -> Region:
    rest, at, section = text.partition("@")
    name, equals, figures = rest.partition("=")
    size, colon, costs = figures.partition(":")
    name = name.strip()
    if not equals or not _NAME.fullmatch(name) or (at and not re.fullmatch(r"[.\w$-]+", section)):
        raise TargetError(f"'{text}' is no memory: {_FORM}")
    try:
        size_bytes = parse_size(size)
    except ArenafitError:
        raise TargetError(f"'{text}' is no memory: '{size}' is not a size; {_FORM}") from None
    if size_bytes < _ALIGNMENT_BYTES:
        raise TargetError(f"'{text}': the memory is smaller than {_ALIGNMENT_BYTES} bytes")
    read, slash, write = costs.partition("/")
    read_cost = _cost(read, text) if colon else 1.0
    write_cost = _cost(write, text) if slash else read_cost
    return Region(name, size_bytes, Speed.SRAM, read_cost=read_cost, write_cost=write_cost, section=section)


def _cost(figure: str, text: str) -> float:
    try:
        value = float(figure)
    except ValueError:
        raise TargetError(f"'{text}' is no memory: '{figure}' is not a cost; {_FORM}") from None
    if not 0 < value < 1e6:
        raise TargetError(f"'{text}': the cost of a byte must lie above 0 and below 1,000,000")
    return value
