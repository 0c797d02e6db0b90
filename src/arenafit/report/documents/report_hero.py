"""The first line of a report: does it fit, how large is it, how small can it be, and the command that comes next."""

from dataclasses import dataclass

from arenafit.report.documents.answers.views import least_bytes
from arenafit.report.documents.html_report import ReportDocument


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
    board, answer = shown.board, document.answer
    step = answer.next[0]
    return Hero(
        sentence=_capital(answer.result if answer.fits is None else answer.verdict),
        result=answer.result,
        needs=answer.needs,
        fits=answer.fits,
        arena_bytes=shown.min_arena_bytes,
        was_bytes=None if document.after is None else document.before.inspection.min_arena_bytes,
        can_be_bytes=None if document.after is not None else least_bytes(document.opportunities),
        budget_bytes=None if board is None else shown.min_arena_bytes + board.spare_bytes,
        region="" if board is None else board.region,
        next_does=step.why,
        command=step.command,
    )


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
