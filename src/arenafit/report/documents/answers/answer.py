"""The answer of a verb: the result, the verdict, what it needs, what to do next."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from arenafit.ir import DType, Model
from arenafit.targets.boards import Board, fits
from arenafit.targets.releases import products
from arenafit.units import format_size
from arenafit.validity.release import Need, needs

# Data that quantising needs and only the user has.
SAMPLES = "SAMPLES.npz"
# What a microcontroller with 32-bit addresses can have at most, peripherals and flash aside.
_ADDRESSED_BYTES = 1 << 32
_UNADDRESSED = "fits no microcontroller: 32-bit addresses reach 4,294,967,296 bytes; --all shows the largest tensors"
_UNNAMED = "no budget named: --board NAME says whether it fits"


@dataclass(frozen=True, slots=True)
class NextStep:
    """A command to run, and what for."""

    command: str
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Sentences that are printed first, and the figures in them.

    `fits` is None where no budget is named; `spare_bytes` below zero is how much is missing.
    """

    result: str
    verdict: str
    needs: str
    next: tuple[NextStep, ...] = ()
    fits: bool | None = None
    spare_bytes: int | None = None


def command(verb: str, *words: str | None) -> str:
    """Return a command line of arenafit; words that are None are left out."""
    return shlex.join(["arenafit", verb, *(word for word in words if word is not None)])


def beside(model: str, ending: str) -> str:
    """Return a name for a file made from `model`, in the folder the command is run in."""
    return f"{Path(model).stem}_{ending}"


def on(board: str | None, target: str | None = None) -> tuple[str, ...]:
    """Return the options that name the board, or else a target that is not the default."""
    if board is not None:
        return ("--board", board)
    return () if target is None else ("--target", target)


def is_float(model: Model) -> bool:
    """Whether most bytes of weights are float32, of activations where there are none: what quantising makes smaller."""
    tensors = model.main.tensors
    looked_at = [item for item in tensors if item.is_constant] or list(tensors)
    floats = sum(item.size_bytes for item in looked_at if item.dtype is DType.FLOAT32)
    return 2 * floats > sum(item.size_bytes for item in looked_at)


def needed_tflm(models: Iterable[Model]) -> Need | None:
    """Return the newest thing that `models` need of TFLM; None where the oldest TFLM that is known has all."""
    return max((need for model in models for need in needs(model)), key=lambda need: need.day, default=None)


def tflm_clause(need: Need | None) -> str:
    """Return which TFLM is needed, and whose newest release is older than that."""
    if need is None:
        return "needs no operator newer than TFLM of 2023-10"
    newest = {name: max(row.tflm for row in product.releases) for name, product in products().items()}
    old = sorted(name for name, day in newest.items() if day < need.day)
    without = f"; too old: the newest {', '.join(old)}" if old else ""
    return f"needs TFLM of {need.month} or later ({need.operator}: {need.what}){without}"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a model must fit: a board, or an arena of so many bytes; with neither, nothing."""

    board: Board | None = None
    arena_bytes: int | None = None
    name: str = ""

    @property
    def search_bytes(self) -> int | None:
        """What a search aims at: the arena named, else the board's largest memory on the chip, or beside it."""
        if self.arena_bytes is not None or self.board is None:
            return self.arena_bytes
        return self.board.on_chip_bytes or self.board.off_chip_bytes

    def verdict(self, arena_bytes: int, model_bytes: int) -> tuple[str, bool | None, int | None]:
        """Return in a sentence whether arena and model file fit, whether they do, and by how much the arena does."""
        if self.arena_bytes is not None:
            spare = self.arena_bytes - arena_bytes
            fits_in = spare >= 0
            return (f"{_word(fits_in)} {self.name}: {_spare(spare)}", fits_in, spare)
        if self.board is None and arena_bytes > _ADDRESSED_BYTES:
            return (_UNADDRESSED, False, _ADDRESSED_BYTES - arena_bytes)
        if self.board is None:
            return (_UNNAMED, None, None)
        found = fits(self.board, arena_bytes, model_bytes)
        flash = found.flash_spare_bytes
        text = f"{_word(found.fits)} {self.board.title}: {_spare(found.best.spare_bytes)} in {found.best.region.name}"
        return (f"{text}, {_spare(flash)} in flash", found.fits, found.best.spare_bytes)


def _word(fits_in: bool) -> str:
    return "fits" if fits_in else "does not fit"


def _spare(spare_bytes: int) -> str:
    return (
        f"{format_size(spare_bytes)} bytes to spare"
        if spare_bytes >= 0
        else f"{format_size(-spare_bytes)} bytes too many"
    )
