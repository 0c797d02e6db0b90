"""The first line of a report: does it fit, how large is it, how small can it be, and the command that comes next."""

import shlex
from dataclasses import dataclass
from pathlib import PurePath

from arenafit.report.documents.html_report import ReportDocument
from arenafit.report.documents.inspection import BoardRow, Inspection
from arenafit.targets.boards import all_boards
from arenafit.units import format_size


@dataclass(frozen=True, slots=True)
class Hero:
    """The answer of a report, for the model it ends with: the one after, or the only one.

    `fits` is None where no board is named. `budget_bytes` is what the board leaves for an arena in the memory
    `region`. `can_be_bytes` is the smallest arena that was priced, None if nothing smaller was found, or nothing
    priced. `arena_bytes` and `was_bytes` are smallest working arenas, predicted.
    """

    sentence: str
    fits: bool | None
    arena_bytes: int
    was_bytes: int | None
    can_be_bytes: int | None
    budget_bytes: int | None
    region: str
    next_does: str
    command: str


def hero(document: ReportDocument) -> Hero:
    """Return the first line of `document`."""
    shown = (document.after or document.before).inspection
    board = shown.board
    can_be = _can_be(document)
    does, command = _next(document, shown, can_be)
    return Hero(
        sentence=_sentence(shown, board),
        fits=None if board is None else board.fits,
        arena_bytes=shown.min_arena_bytes,
        was_bytes=None if document.after is None else document.before.inspection.min_arena_bytes,
        can_be_bytes=can_be,
        budget_bytes=None if board is None else shown.min_arena_bytes + board.spare_bytes,
        region="" if board is None else board.region,
        next_does=does,
        command=command,
    )


def _sentence(shown: Inspection, board: BoardRow | None) -> str:
    if board is None:
        return f"Needs an arena of {format_size(shown.min_arena_bytes)} bytes"
    if board.fits:
        return f"Fits {board.title}, {format_size(board.spare_bytes)} bytes to spare"
    if board.spare_bytes < 0:
        return f"Does not fit {board.title}: {format_size(-board.spare_bytes)} bytes of RAM missing"
    return f"Does not fit {board.title}: {format_size(-board.flash_spare_bytes)} bytes of flash missing"


def _can_be(document: ReportDocument) -> int | None:
    if document.after is not None or document.opportunities is None or not document.opportunities.rows:
        return None
    return min(row.arena_bytes for row in document.opportunities.rows)


def _next(document: ReportDocument, shown: Inspection, can_be: int | None) -> tuple[str, str]:
    file = PurePath(document.before.inspection.model)
    where = _where(shown)
    # With a board alone, fit leaves a model as it is that fits already.
    smallest = " --smallest" if shown.board else ""
    model, output = _quoted(file.name), _quoted(f"{file.stem}-fitted.tflite")
    if document.after is not None and document.trail is None:
        after = PurePath(shown.model).name
        return "what the real TFLM says of it", f"arenafit measure {_quoted(after)} --min-arena"
    if document.after is not None:
        return "fits it, and proves it bit for bit", f"arenafit fit {model} -o {output}{where}{smallest}"
    if can_be is not None:
        return "makes it so, and proves it bit for bit", f"arenafit fit {model} -o {output}{where}{smallest}"
    if document.opportunities is not None and document.opportunities.advice:
        quantized = _quoted(f"{file.stem}-int8.tflite")
        return "int8 activations take a quarter", f"arenafit quantize {model} --data CALIBRATION.npz -o {quantized}"
    if document.opportunities is not None:
        return "what a smaller architecture would take", f"arenafit whatif {model}{where}"
    return "looks for a smaller arena", f"arenafit fit {model} -o {output}{where}{smallest}"


def _where(shown: Inspection) -> str:
    if shown.board is None:
        return f" --target {shlex.quote(shown.target.name)}"
    known = any(board.name == shown.board.name for board in all_boards())
    return f" --board {shlex.quote(shown.board.name if known else f'{shown.board.name}.toml')}"


def _quoted(name: str) -> str:
    """Return a file's name as one word of a shell; one that begins with a dash must not be taken for an option."""
    return shlex.quote(f"./{name}" if name.startswith("-") else name)
