"""The first line of a report: does it fit, how large is it, how small can it be, and the command that comes next."""

import re
from dataclasses import dataclass

from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.answers.views import least_bytes
from arenafit.report.documents.html_report import ReportDocument

# What of a verdict is about flash, and all behind it.
_FLASH = re.compile(r", [\d,]+ bytes (?:to spare|too many) in flash")


@dataclass(frozen=True, slots=True)
class Hero:
    """The answer of a report, for the model it ends with: the one after, or the only one; in the words of the terminal.

    `fits` is None where no board is named. `budget_bytes` is what the board leaves for an arena in the memory
    `region`. `can_be_bytes` is the smallest arena that was priced, None if nothing smaller was found, or nothing
    priced. `arena_bytes` and `was_bytes` are smallest working arenas, predicted.
    """

    sentence: str
    result: str
    needs: str
    fits: bool | None
    too_old: bool
    arena_bytes: int
    was_bytes: int | None
    can_be_bytes: int | None
    budget_bytes: int | None
    region: str
    next_does: str
    command: str


def hero(document: ReportDocument) -> Hero:
    """Return the first line of `document`: what the verb answers, and the figures for the bar beside it."""
    shown = (document.after or document.before).inspection
    view = document.after or document.before
    # Over several memories there is no one budget to draw.
    board = None if view.memories or view.no_memories else shown.board
    answer = document.answer
    step = answer.next[0]
    first, rest = _split(answer)
    return Hero(
        sentence=_capital(first),
        result=answer.verdict if answer.fits is None else answer.result,
        needs="; ".join((*rest, answer.needs)),
        fits=answer.fits,
        too_old=answer.too_old,
        arena_bytes=shown.min_arena_bytes,
        was_bytes=None if document.after is None else document.before.inspection.min_arena_bytes,
        can_be_bytes=None if document.after is not None else least_bytes(document.opportunities),
        budget_bytes=None if board is None else shown.min_arena_bytes + board.spare_bytes,
        region="" if board is None else board.region,
        next_does=step.why,
        command=step.command,
    )


def _split(answer: Answer) -> tuple[str, tuple[str, ...]]:
    """Return what the page begins with, what fits and by how much, and what of the verdict stands below."""
    if answer.fits is None:
        return answer.result, ()
    if answer.fits is False and (answer.spare_bytes or 0) >= 0:
        return answer.verdict, ()  # it is the flash that is too small
    found = _FLASH.search(answer.verdict)
    if found is None:
        return answer.verdict, ()
    return answer.verdict[: found.start()], (answer.verdict[found.start() + 2 :],)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
