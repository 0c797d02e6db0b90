"""The answer of `inspect`."""

from arenafit.ir import Model
from arenafit.report.documents.answers.answer import (
    SAMPLES,
    Answer,
    Budget,
    NextStep,
    beside,
    command,
    is_float,
    needed_tflm,
    on,
    tflm_clause,
)
from arenafit.targets.boards import Board
from arenafit.targets.choice import TARGETS
from arenafit.targets.target import Target
from arenafit.units import format_size


def inspection_answer(
    model: Model, name: str, sizes: tuple[int, int], target: Target, board: Board | None, *, exact: bool
) -> Answer:
    """Return what `inspect` answers of the model called `name`.

    `sizes` are the bytes of its smallest working arena, predicted, and of its file; with `exact` nothing is left out.
    """
    arena_bytes, model_bytes = sizes
    how = "predicted" if exact else "ESTIMATED"
    verdict, fitting, spare = Budget(board).verdict(arena_bytes, model_bytes)
    return Answer(
        result=f"smallest working arena: {format_size(arena_bytes)} bytes on {target.name}, {how}",
        verdict=verdict,
        needs=f"{tflm_clause(needed_tflm([model]))}; {format_size(model_bytes)} bytes of flash",
        next=_next(name, target, board, (fitting, is_float(model))),
        fits=fitting,
        spare_bytes=spare,
    )


def _next(name: str, target: Target, board: Board | None, state: tuple[bool | None, bool]) -> tuple[NextStep, ...]:
    fitting, floats = state
    known = target.name if target in TARGETS[1:] else None  # the default needs no naming, a mixture has no name
    where = on(board.argument if board else None, known)
    quantize = NextStep(
        command("quantize", name, "--data", SAMPLES, "-o", beside(name, "int8.tflite")),
        "a float model: as int8 each value takes one byte, not four",
    )
    fit = NextStep(
        command("fit", name, *where, "-o", beside(name, "fitted.tflite")),
        "a smaller arena, outputs equal" if fitting is None else "rewrites it until it fits, outputs equal",
    )
    if fitting:
        return (NextStep(command("export", name, *where, "-o", beside(name, "firmware")), "it fits: write the C++"),)
    return (quantize, fit) if floats else (fit,)
