"""The answer of `check`."""

from collections.abc import Iterable
from dataclasses import dataclass

from arenafit.report.documents.answers.answer import (
    Answer,
    NextStep,
    arena_result,
    command,
    export_step,
    misfit_steps,
    operand,
)
from arenafit.units import format_count, format_size


@dataclass(frozen=True, slots=True)
class Held:
    """What the answer asks of one check; `spare_bytes` is None where nothing limits the memory."""

    model: str
    file: str
    where: str  # the board or target
    options: tuple[str, ...]  # that say to `fit` what the check asks for
    board: tuple[str, ...]  # those of them that name the board and the TFLM
    arena_bytes: int | None
    spare_bytes: int | None
    flash_spare_bytes: int | None
    holds: bool
    error: str | None
    needs: str
    floats: bool  # quantising would make it smaller
    exact: bool  # nothing is left out of the figures
    on_board: str = ""  # whether it fits the board, as `inspect` says it
    memories: str = ""  # what is taken of each of several memories
    asked: tuple[str, ...] = ()  # options that name these memories
    age: str = ""  # what the board's usual TFLM is too old for


def check_answer(rows: Iterable[Held]) -> Answer:
    """Return what `check` answers of its checks."""
    held = list(rows)
    limited = [row for row in held if row.spare_bytes is not None]
    tightest = min(limited, key=lambda row: row.spare_bytes or 0, default=None)
    return Answer(
        result=_result(held),
        verdict=_verdict(held, tightest),
        needs="; ".join(dict.fromkeys(row.needs for row in held if row.needs)) or "needs nothing that could be told",
        next=tuple(_next(held)),
        fits=all(row.holds for row in held),
        spare_bytes=None if tightest is None else tightest.spare_bytes,
        too_old=any(row.age for row in held),
    )


def _result(held: list[Held]) -> str:
    if len(held) == 1 and held[0].arena_bytes is not None:
        how = "predicted" if held[0].exact else "ESTIMATED"
        return arena_result(held[0].arena_bytes, None, held[0].where, how)
    failed = sum(not row.holds for row in held)
    return f"{format_count(len(held), 'check')}: {len(held) - failed} within budget, {failed} failed"


def _verdict(held: list[Held], tightest: Held | None) -> str:
    unread = [row for row in held if row.error]
    if unread:
        return f"cannot be told of {format_count(len(unread), 'model')}: {unread[0].error}"
    told = held[0]
    old = sum(bool(row.age) for row in held)
    need = "needs" if old == 1 else "need"
    several = f"; but {old} {need} a newer TFLM than the board usually has" if old else ""
    age = told.age if len(held) == 1 else several
    if len(held) == 1 and told.on_board and told.on_board.startswith("fits ") == told.holds:
        return f"{told.on_board}{age}"
    if len(held) == 1 and told.memories and told.holds:
        return f"fits, spread over memories: {told.memories}{age}"
    if tightest is None or tightest.spare_bytes is None:
        return f"{'fits' if all(row.holds for row in held) else 'does not fit'}{age}"
    spare = tightest.spare_bytes
    much = f"{format_size(spare)} bytes to spare" if spare >= 0 else f"{format_size(-spare)} bytes too many"
    which = f" ({tightest.model}, the tightest)" if len(held) > 1 else ""
    flash = min((row.flash_spare_bytes for row in held if row.flash_spare_bytes is not None), default=0)
    beyond = f", {format_size(-flash)} bytes too many in flash" if flash < 0 else ""
    return f"{'fits' if all(row.holds for row in held) else 'does not fit'}: {much}{which}{beyond}{age}"


def _next(held: list[Held]) -> list[NextStep]:
    failed = [row for row in held if not row.holds]
    if not failed:
        first = held[0] if len(held) == 1 else None
        if first is None:
            return []
        where = (*first.board, *first.asked)
        if first.age:
            return [NextStep(command("inspect", operand(first.file), *first.board), "what to do about the older TFLM")]
        return [export_step(first.file, where, "it fits: write the C++")]
    first = failed[0]
    if first.error:
        return [NextStep(command("measure", operand(first.file)), "what the real TFLM says of it")]
    flash_lacks = first.flash_spare_bytes is not None and first.flash_spare_bytes < 0
    spare = first.spare_bytes if flash_lacks else None
    return list(misfit_steps(first.file, first.options, spare, floats=first.floats))
