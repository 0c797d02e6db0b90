"""The answer of `fit`."""

from dataclasses import replace

from arenafit.ir import Model
from arenafit.report.documents.answers.age import age_clause, newer_than, older_step, too_old, usual_tflm
from arenafit.report.documents.answers.answer import (
    SAMPLES,
    Answer,
    Budget,
    NextStep,
    Place,
    arena_result,
    beside,
    command,
    export_step,
    is_float,
    needed_tflm,
    operand,
    quantize_step,
    tflm_clause,
)
from arenafit.report.documents.answers.contract import contract_of
from arenafit.report.documents.fit import FitDocument
from arenafit.targets.releases import Release
from arenafit.units import format_size


def fit_answer(
    document: FitDocument,
    models: tuple[Model, Model],
    budget: Budget,
    place: Place,
    usual: Release | None = None,
    *,
    at_speed: str | None = None,
) -> Answer:
    """Return what `fit` answers of `document`, which made the second of `models` out of the first for `budget`.

    `place` is what it was made for, `usual`
    the TFLM that the board usually has, where the model was made for it without being told to. `at_speed`
    is what a smaller arena was not to cost, with the way out; None where the smallest was looked for at any speed.
    """
    original, fitted = models
    before, after = document.before_predicted_bytes, document.after_predicted_bytes
    verdict, fitting, spare = budget.verdict(after, document.flash_bytes_after)
    if budget.verdict(before, document.flash_bytes_before)[1]:
        verdict += "; so did the model as it came"
    if document.memories is not None:
        taken = ", ".join(f"{row.name} {format_size(row.taken_bytes)}" for row in document.memories.memories)
        verdict, fitting, spare = f"fits over several memories, bytes: {taken}", True, None
    need = needed_tflm([fitted])
    old = too_old(need, budget.board)
    needed = usual_tflm(usual) if usual is not None and old is None else tflm_clause(need, budget.board)
    steps = _next(document, budget, place, (fitting, spare), floats=is_float(fitted))
    if old is not None:
        came_too_new = too_old(needed_tflm([original]), budget.board) is not None
        older = newer_than(document.model, old, budget.board, original) if came_too_new else None
        steps = (older or older_step(document.model, old, budget.board), *steps)
    return Answer(
        result=_result(document, place, at_speed),
        verdict=f"{verdict}{age_clause(need, budget.board)}",
        needs=f"{needed}; {_cost(document)}",
        next=steps,
        fits=fitting,
        too_old=old is not None,
        spare_bytes=spare,
        contract=contract_of(fitted),
    )


def _result(document: FitDocument, place: Place, at_speed: str | None) -> str:
    before, after = document.before_predicted_bytes, document.after_predicted_bytes
    found = "" if after != before else f"; nothing smaller was found{f' that is {at_speed}' if at_speed else ''}"
    if after > before and document.feed is not None:
        found = "; by rows it takes more than as it came: fit it without --feed"
    return f"{arena_result(before, after, place.text)}; outputs {document.verdict.proof}{found}"


def _cost(document: FitDocument) -> str:
    flash = f"{format_size(document.flash_bytes_after)} bytes of flash"
    more = f"{100 * (document.instructions_ratio - 1):+.1f} % instructions (estimated)"
    return f"{flash}, {more}; outputs {document.claim}"


def _memories(document: FitDocument) -> tuple[str, ...]:
    """Return the options that name the memories of a fit again."""
    if document.memories is None:
        return ()
    rows = document.memories.memories
    named = (f"{row.name}={row.taken_bytes + row.spare_bytes}:{row.read_cost:g}/{row.write_cost:g}" for row in rows)
    return tuple(word for text in named for word in ("--memory", text))


def _next(
    document: FitDocument, budget: Budget, place: Place, fits: tuple[bool | None, int | None], *, floats: bool
) -> tuple[NextStep, ...]:
    name, (fitting, spare) = document.model, fits
    if fitting or (fitting is None and document.after_predicted_bytes < document.before_predicted_bytes):
        return (export_step(document.output or name, (*place.options, *_memories(document))),)
    if floats:
        smaller = quantize_step(
            name, place.options, "a float model: as int8 each value takes one byte, not four; then fit again"
        )
    else:
        out = beside(name, "pruned.tflite")
        smaller = NextStep(
            command("prune", operand(name), "--data", SAMPLES, *budget.options, *place.tflm, "-o", out),
            "fewer channels, other outputs",
        )
    whatif = NextStep(
        command("whatif", operand(name), "--fit", *place.options),
        "what a smaller input, fewer channels or rows would buy",
    )
    lacking = _lacking(document, spare)
    smaller, whatif = (replace(step, why=f"{step.why}{lacking}") for step in (smaller, whatif))
    parts = _parts(document, budget, place)
    return (smaller, whatif) if parts is None else (parts, smaller, whatif)


def _lacking(document: FitDocument, spare: int | None) -> str:
    """Return in a clause how much smaller a model must become that does not fit, which nothing here predicts."""
    arena = document.after_predicted_bytes
    if spare is None or spare >= 0 or arena + spare <= 0:
        return ""
    return f"; {arena / (arena + spare):.1f} times the room: not predicted to suffice"


def _parts(document: FitDocument, budget: Budget, place: Place) -> NextStep | None:
    """Return the step that cuts the model into the fewest parts that are predicted to fit; None where none do."""
    flash = document.flash_bytes_after
    fitting = [item for item in document.in_parts if budget.verdict(item.arena_bytes, flash + item.images_bytes)[1]]
    if not fitting:
        return None
    best = min(fitting, key=lambda item: item.parts)
    name = document.model
    asked = ("--parts", str(best.parts), *budget.options, *place.tflm)
    fit = command("fit", operand(name), *asked, "-o", beside(name, "parts"))
    return NextStep(fit, f"about {format_size(best.arena_bytes)} bytes, parts that run one after the other")
