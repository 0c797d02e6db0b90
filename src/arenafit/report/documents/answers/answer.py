"""The answer of a verb: the result, the verdict, what it needs, what to do next."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from arenafit.ir import DType, Model
from arenafit.targets.boards import Board, fits
from arenafit.targets.choice import TARGETS
from arenafit.targets.releases import products
from arenafit.targets.target import CORTEX_M4, WHEEL, Target
from arenafit.units import format_size
from arenafit.validity.release import Need, needs

# From when on it is known what each kernel takes; which operators there are, from 2023-02 on.
_OLDEST_KNOWN = "2023-10"
# Data that quantising needs and only the user has.
SAMPLES = "SAMPLES.npz"
_WHERE = ("--board", "--target", "--tflm")
# What stands for a model that was written to standard output.
_UNNAMED_MODEL = "MODEL.tflite"
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

    `fits` is None where no budget is named; `spare_bytes` below zero is how much is missing. `options` name the board
    or target to a command that goes on with the model. `contract` says what the application must do where a model does
    not take whole inputs; else it is empty.
    """

    result: str
    verdict: str
    needs: str
    next: tuple[NextStep, ...] = ()
    fits: bool | None = None
    spare_bytes: int | None = None
    options: tuple[str, ...] = ()
    too_old: bool = False  # the TFLM that the board usually has lacks what the model needs
    contract: str = ""


def arena_result(before: int, after: int | None, where: str, how: str = "predicted") -> str:
    """Return the headline of every verb: the smallest working arena in bytes, before and, if it changed, after."""
    sizes = f"{format_size(before)} bytes"
    if after is not None and after != before:
        share = f" ({100 * after / before:.1f} %)" if before else ""
        sizes = f"{format_size(before)} -> {format_size(after)} bytes{share}"
    return f"smallest working arena: {sizes} on {where}, {how}"


def command(verb: str, *words: str | None) -> str:
    """Return a command line of arenafit; words that are None are left out."""
    return " ".join(quoted(word) for word in ("arenafit", verb, *words) if word is not None)


def quoted(word: str) -> str:
    """Return a word as a shell takes it; what is not printable is written so that bash and zsh make it again."""
    if word.isprintable():
        return shlex.quote(word)
    return f"$'{''.join(_escaped(character) for character in word)}'"


def _escaped(character: str) -> str:
    if character.isprintable():
        return f"\\{character}" if character in "'\\" else character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def operand(file: str) -> str:
    """Return a file's name as a command takes it: one that begins with a dash is no option, ``-`` alone no file."""
    if file == "-":
        return _UNNAMED_MODEL
    return f"./{file}" if file.startswith("-") else file


def beside(model: str, ending: str) -> str:
    """Return a name for a file made from `model`, in the folder the command is run in."""
    return operand(f"{Path(operand(model)).stem}_{ending}")


def on(board: str | None, target: str | None = None) -> tuple[str, ...]:
    """Return the options that name the board, or else a target that is not the default."""
    if board is not None:
        return ("--board", board)
    return () if target is None else ("--target", target)


def where_of(options: Iterable[str]) -> tuple[str, ...]:
    """Return those of `options` that name a board, a target or a TFLM: what every verb takes."""
    return tuple(word for pair in pairwise(options) if pair[0] in _WHERE for word in pair)


def quantize_step(
    model: str, options: Iterable[str] = (), why: str = "a float model: as int8 each value takes one byte, not four"
) -> NextStep:
    """Return the step that quantises a model for what `options` name, with samples that only the user has."""
    out = beside(model, "int8.tflite")
    return NextStep(command("quantize", operand(model), "--data", SAMPLES, *where_of(options), "-o", out), why)


def fit_step(model: str, options: Iterable[str], why: str = "a smaller arena, outputs equal") -> NextStep:
    """Return the step that fits a model; `options` say to what."""
    return NextStep(command("fit", operand(model), *options, "-o", beside(model, "fitted.tflite")), why)


def misfit_steps(model: str, options: Iterable[str], spare_bytes: int | None, *, floats: bool) -> tuple[NextStep, ...]:
    """Return what makes a model fit that does not; `floats`: quantising makes it smaller.

    Where the arena fits the file is too large for the flash: no rewriting makes that smaller by as much.
    """
    if spare_bytes is not None and spare_bytes >= 0:
        if floats:
            return (
                quantize_step(model, options, "the flash is what lacks: as int8 each weight takes one byte, not four"),
            )
        out = beside(model, "pruned.tflite")
        prune = command("prune", operand(model), "--data", SAMPLES, *where_of(options), "-o", out)
        return (NextStep(prune, "the flash is what lacks: fewer channels, fewer weights, other outputs"),)
    fit = fit_step(model, options, "rewrites it to need less, outputs equal")
    return (quantize_step(model, options), fit) if floats else (fit,)


def export_step(model: str, options: Iterable[str], why: str = "write the C++") -> NextStep:
    """Return the step that writes a model as C++."""
    return NextStep(command("export", operand(model), *options, "-o", beside(model, "firmware")), why)


def options_of(target: Target, board: Board | None, tflm: str | None = None) -> tuple[str, ...]:
    """Return the options that name what a verb was asked for: the default needs no naming, a mixture has no name.

    `tflm` is the TFLM that the user named; the one that a board usually has every verb finds by itself.
    """
    known = target.name in {other.name for other in TARGETS[1:]}
    where = on(board.argument if board else None, target.name if known else None)
    return where if tflm is None else (*where, "--tflm", tflm)


def place_of(name: str, tflm: str) -> str:
    """Return what figures hold for as every headline says it: a target by name, and its TFLM if that is not its own."""
    own = WHEEL if name.startswith(WHEEL.name) else CORTEX_M4
    return name if tflm[:7] == own.tflm else f"{name} with TFLM of {tflm[:7]}"


def is_float(model: Model) -> bool:
    """Whether most bytes of weights are float32, of activations where there are none: what quantising makes smaller."""
    tensors = model.main.tensors
    looked_at = [item for item in tensors if item.is_constant] or list(tensors)
    floats = sum(item.size_bytes for item in looked_at if item.dtype is DType.FLOAT32)
    return 2 * floats > sum(item.size_bytes for item in looked_at)


def needed_tflm(models: Iterable[Model]) -> Need | None:
    """Return the newest thing that `models` need of TFLM; None where the oldest TFLM that is known has all."""
    return max((need for model in models for need in needs(model)), key=lambda need: need.day, default=None)


def tflm_clause(need: Need | None, board: Board | None = None) -> str:
    """Return which TFLM is needed, and whether the usual one of `board` is that new; without, who has none so new."""
    newest = {name: max(row.tflm for row in product.releases) for name, product in products().items()}
    if need is None and board is not None and board.product is not None and newest[board.product] < _OLDEST_KNOWN:
        month = newest[board.product][:7]
        return f"needs no operator newer than the board's usual TFLM, of {month} (their types: as far as is known)"
    if need is None:
        return f"needs no operator newer than TFLM of {_OLDEST_KNOWN}"
    clause = f"needs TFLM of {need.month} or later ({need.operator}: {need.what})"
    if board is not None and board.product is not None:
        return f"{clause}: the board's usual one is {'older' if newest[board.product] < need.day else 'new enough'}"
    old = sorted(name for name, day in newest.items() if day < need.day)
    return f"{clause}, newer than any release of {' and '.join(old)}" if old else clause


@dataclass(frozen=True, slots=True)
class Place:
    """What figures hold for: `text` as headlines say it, `options` that name it to the next command."""

    text: str
    options: tuple[str, ...]

    @classmethod
    def of(cls, target: Target, board: Board | None, tflm: str | None = None) -> "Place":
        """Return it for a target with the TFLM that figures hold for; `tflm` is the one that the user named."""
        return cls(place_of(target.name, target.tflm), options_of(target, board, tflm))

    @property
    def tflm(self) -> tuple[str, ...]:
        """The options that name the TFLM, if the user named one."""
        return self.options[-2:] if "--tflm" in self.options else ()


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

    @property
    def options(self) -> tuple[str, ...]:
        """The options of `fit` that ask for this budget."""
        ram = () if self.arena_bytes is None else ("--ram", str(self.arena_bytes))
        return (*on(None if self.board is None else self.board.argument), *ram)

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
