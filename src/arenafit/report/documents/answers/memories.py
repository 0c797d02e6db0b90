"""The answer of `inspect` and `report` for a model that is spread over several memories."""

from dataclasses import replace

from arenafit.report.documents.answers.answer import Answer, NextStep, export_step, fit_step
from arenafit.report.documents.inspection import Inspection
from arenafit.report.documents.memory_rows import MemoriesRow, MemoryRow
from arenafit.units import format_size


def memories_answer(found: Inspection, row: MemoriesRow, options: tuple[str, ...]) -> Answer:
    """Return what is answered of a model with a plan over several memories; `options` ask for them.

    What stops a model in one memory stops it in several: a finding, a flash that is too small, a TFLM that is too old.
    """
    answer = found.answer
    if any(finding.stops for finding in found.findings):
        return answer
    flash_bytes = 0 if found.board is None else found.board.flash_spare_bytes
    fits = flash_bytes >= 0
    taken = ", ".join(_taken(item) for item in row.memories if item.taken_bytes)
    beyond = "" if fits else f"; {format_size(-flash_bytes)} bytes too many in flash"
    asked = (*answer.options, *options)
    step = memories_step(found.model, replace(answer, fits=fits, options=asked))
    return replace(
        answer,
        verdict=f"{'fits' if fits else 'does not fit'}, spread over memories: {taken}{beyond}",
        next=(step,) if fits and not answer.too_old else answer.next,
        fits=fits,
        spare_bytes=min(item.spare_bytes for item in row.memories),
        options=asked,
    )


def misfit_answer(found: Inspection, why: str, options: tuple[str, ...]) -> Answer:
    """Return what is answered of a model that finds no place in several memories; `options` ask `fit` for them."""
    answer = found.answer
    if any(finding.stops for finding in found.findings):
        return answer
    asked = (*answer.options, *options)
    verdict = f"does not fit the memories: {why}"
    missed = replace(answer, verdict=verdict, fits=False, spare_bytes=None, options=asked)
    return replace(missed, next=(memories_step(found.model, missed),))


def memories_step(name: str, answer: Answer) -> NextStep:
    """Return what to do with the model called `name`, of which `answer` says whether it fits memories."""
    if answer.fits:
        return export_step(name, answer.options, "the C++, with the planner that leads the buffers there")
    return fit_step(name, answer.options, "rewrites it to need less, outputs equal")


def _taken(row: MemoryRow) -> str:
    arena = " with the arena" if row.has_arena else ""
    room = format_size(row.size_bytes - row.reserve_bytes)
    return f"{format_size(row.taken_bytes)} of {room} bytes of {row.name}{arena}"
