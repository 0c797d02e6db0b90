"""The answer of `export`, of a model or of parts."""

from collections.abc import Sequence
from dataclasses import dataclass

from arenafit.export import Firmware
from arenafit.report.documents.answers.age import age_clause, newer_than, too_old
from arenafit.report.documents.answers.answer import (
    Answer,
    Budget,
    NextStep,
    arena_result,
    command,
    fit_step,
    is_float,
    misfit_steps,
    operand,
    place_of,
    tflm_clause,
)
from arenafit.targets.boards import Board
from arenafit.tflite import read_bytes
from arenafit.units import format_count, format_size


@dataclass(frozen=True, slots=True)
class Exported:
    """Bytes: the arena as predicted and as written, the model's data; `contract` is what parts ask of the caller."""

    least_bytes: int
    written_bytes: int
    model_bytes: int
    contract: str = ""


def export_answer(file: str, made: Firmware, sizes: Exported, board: Board | None, options: Sequence[str]) -> Answer:
    """Return what `export` answers of the model, or the parts, in `file`; `options` name the board or target."""
    verdict, fitting, spare = Budget(board).verdict(sizes.written_bytes, sizes.model_bytes)
    need = made.needs[0] if made.needs else None
    old = too_old(need, board)
    steps = _next(file, options, fitting, parts=bool(sizes.contract))
    if fitting is False and spare is not None and spare >= 0 and not sizes.contract:
        steps = misfit_steps(file, options, spare, floats=is_float(read_bytes(made.content, file)))
    result = arena_result(
        sizes.least_bytes,
        None,
        place_of(made.target.name, made.target.tflm),
        "ESTIMATED" if made.estimated else "predicted",
    )
    return Answer(
        result=f"{result}; written {format_size(sizes.written_bytes)}, margin included",
        verdict=f"{verdict}{age_clause(need, board)}",
        needs=f"{tflm_clause(need, board)}; {format_count(made.operators, 'operator')} to"
        f" register, {format_size(sizes.model_bytes)} bytes of flash{sizes.contract}",
        next=steps if old is None else (newer_than(file, old, board, read_bytes(made.content, file)), *steps),
        fits=fitting,
        too_old=old is not None,
        spare_bytes=spare,
        options=tuple(options),
    )


def _next(file: str, options: Sequence[str], fitting: bool | None, *, parts: bool) -> tuple[NextStep, ...]:
    if parts:
        return (NextStep(command("measure", operand(file)), "replays the hand-over in the real TFLM"),)
    if fitting is None:
        return (NextStep(command("inspect", operand(file), "--board", "NAME"), "whether it fits your board"),)
    if fitting:
        return (
            NextStep(command("check", operand(file), *options), "in CI: fails as soon as it does not fit any more"),
        )
    return (fit_step(file, options, "then export the fitted model"),)
