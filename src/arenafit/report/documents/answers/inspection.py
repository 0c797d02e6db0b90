"""The answer of `inspect`."""

from dataclasses import dataclass

from arenafit.ir import Model, feed_of
from arenafit.report.documents.answers.age import age_clause, newer_than, too_old
from arenafit.report.documents.answers.answer import (
    Answer,
    Budget,
    NextStep,
    arena_result,
    beside,
    command,
    export_step,
    fit_step,
    is_float,
    misfit_steps,
    needed_tflm,
    operand,
    options_of,
    place_of,
    quantize_step,
    tflm_clause,
)
from arenafit.report.documents.answers.contract import contract_of
from arenafit.structure.untrained import untrained_changes
from arenafit.targets.boards import Board
from arenafit.targets.releases import Release
from arenafit.targets.target import Target
from arenafit.units import format_size
from arenafit.validity import Finding
from arenafit.validity.provenance import provenance

UNTRAINED = "; UNTRAINED: `whatif` made it, its weights are of no use"


@dataclass(frozen=True, slots=True)
class Inspected:
    """The smallest working arena and the file, in bytes.

    `exact`: nothing is left out; `stopping`: why none runs it; `release`: the TFLM asked for, if one was named.
    """

    arena_bytes: int
    model_bytes: int
    exact: bool
    stopping: Finding | None
    release: Release | None = None


def inspection_answer(model: Model, name: str, found: Inspected, target: Target, board: Board | None) -> Answer:
    """Return what `inspect` answers of the model called `name`."""
    arena_bytes, model_bytes = found.arena_bytes, found.model_bytes
    how = "predicted" if found.exact else "ESTIMATED"
    if found.stopping is not None:
        return _refused(name, found.stopping, arena_result(arena_bytes, None, place_of(target.name, target.tflm), how))
    verdict, fitting, spare = Budget(board).verdict(arena_bytes, model_bytes)
    where = options_of(target, board, None if found.release is None else found.release.name)
    need = needed_tflm([model])
    old = too_old(need, board)
    return Answer(
        result=arena_result(arena_bytes, None, place_of(target.name, target.tflm), how),
        verdict=f"{verdict}{age_clause(need, board)}{UNTRAINED if untrained_changes(model) is not None else ''}",
        needs=f"{tflm_clause(need, board)}; {format_size(model_bytes)} bytes of flash",
        next=_to_do(name, where, (fitting, spare), model) if old is None else (newer_than(name, old, board, model),),
        fits=fitting,
        too_old=old is not None,
        spare_bytes=spare,
        options=where,
        contract=contract_of(model),
    )


def _refused(name: str, why: Finding, figures: str) -> Answer:
    """Return the answer where nobody should build firmware with the model as it is."""
    measure = NextStep(command("measure", operand(name)), "what the real TFLM says of it")
    repair = NextStep(command("repair", operand(name), "-o", beside(name, "repaired.tflite")), "restores the shapes")
    return Answer(
        result=why.line,
        verdict="no arena makes it work as it is",
        needs=f"what it would take all the same: {figures}",
        next=(repair,) if "arenafit repair" in why.advice else (measure,),
        fits=False,
    )


def _to_do(
    name: str, where: tuple[str, ...], fits: tuple[bool | None, int | None], model: Model
) -> tuple[NextStep, ...]:
    if untrained_changes(model) is not None:
        step = command("export", operand(name), *where, "--untrained", "-o", beside(name, "firmware"))
        return (NextStep(step, "to try the memory: the outputs are of no use before it is trained"),)
    if feed_of(model) is not None:
        return (export_step(name, where, "write the C++, the class that feeds it among it"),)
    return _next(name, where, fits, model)


def _next(
    name: str, where: tuple[str, ...], fits: tuple[bool | None, int | None], model: Model
) -> tuple[NextStep, ...]:
    fitting, spare = fits
    if fitting:
        return (export_step(name, where, "it fits: write the C++"),)
    if fitting is None and provenance(model) is not None:
        return (export_step(name, where, "it is fitted: write the C++"),)
    if fitting is False:
        return misfit_steps(name, where, spare, floats=is_float(model))
    fit = fit_step(name, where)
    return (quantize_step(name, where), fit) if is_float(model) else (fit,)
