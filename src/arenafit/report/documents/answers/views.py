"""The answers of the verbs that show a model: `report`, `diff` and `overlay`; each from what `inspect` says of it."""

from dataclasses import replace
from pathlib import PurePath

from arenafit.report.documents.answers.answer import (
    Answer,
    NextStep,
    arena_result,
    command,
    fit_step,
    operand,
    quantize_step,
)
from arenafit.report.documents.answers.memories import memories_step
from arenafit.report.documents.inspection import Inspection
from arenafit.report.documents.opportunities import Opportunities
from arenafit.units import format_size


def diff_answer(before: Inspection, after: Inspection) -> Answer:
    """Return what `diff` answers of two models on one target."""
    inspected = after.answer
    how = "ESTIMATED" if before.estimated or after.estimated else after.figures
    hold = command("check", operand(after.model), *inspected.options, "--baseline", operand(before.model))
    held = NextStep(hold, "in CI: fails where the arena grows by more than 3 %")
    return replace(
        inspected,
        result=arena_result(before.min_arena_bytes, after.min_arena_bytes, after.target.place, how),
        next=inspected.next if inspected.fits is False else (held,),
    )


def overlay_answer(inspected: Answer, shown: NextStep) -> Answer:
    """Return what `overlay` answers: what `inspect` does, and how to look at the file that was written."""
    return replace(inspected, next=(shown,))


def bare(inspected: Answer) -> Answer:
    """Return an answer that names files without their folders: a page is sent to others."""
    return replace(inspected, options=tuple(PurePath(part).name for part in inspected.options))


def report_answer(
    before: Inspection, after: Inspection | None, could: Opportunities | None, *, fitted_here: bool
) -> Answer:
    """Return what `report` answers, and its page begins with; `fitted_here`: `after` is in no file yet."""
    shown = before if after is None else after
    inspected = shown.answer
    if any(finding.stops for finding in shown.findings):
        return inspected
    how = "ESTIMATED" if shown.estimated else shown.figures
    reached = None if after is None else after.min_arena_bytes
    result = arena_result(before.min_arena_bytes, reached, shown.target.place, how)
    if "--memory" in inspected.options and not fitted_here:
        return replace(inspected, result=result, next=(memories_step(shown.model, inspected),))
    least = least_bytes(could) if after is None else None
    return replace(
        inspected,
        result=result if least is None else f"{result}; can be {format_size(least)}",
        next=(_next(before, after, could, inspected.options, fitted_here=fitted_here),),
    )


def least_bytes(could: Opportunities | None) -> int | None:
    """Return the smallest arena that was priced; None if nothing smaller was found, or nothing priced."""
    return None if could is None or not could.rows else min(row.arena_bytes for row in could.rows)


def _next(
    before: Inspection,
    after: Inspection | None,
    could: Opportunities | None,
    options: tuple[str, ...],
    *,
    fitted_here: bool,
) -> NextStep:
    name = before.model
    # With a board alone, fit leaves a model as it is that fits already.
    wanted = (*options, *(("--smallest",) if before.board else ()))
    if after is not None and not fitted_here:
        return NextStep(command("measure", operand(after.model), "--min-arena"), "what the real TFLM says of it")
    if after is not None:
        return fit_step(name, wanted, "fits it, and proves it bit for bit")
    if least_bytes(could) is not None:
        return fit_step(name, wanted, "makes it so, and proves it bit for bit")
    if could is not None and could.advice:
        return quantize_step(name, options)
    if could is not None:
        return NextStep(command("whatif", operand(name), *options), "what a smaller architecture would take")
    return fit_step(name, wanted, "looks for a smaller arena")
