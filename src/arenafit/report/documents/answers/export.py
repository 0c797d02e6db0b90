"""The answer of `export`, of a model or of parts."""

from collections.abc import Sequence
from dataclasses import dataclass

from arenafit.export import Firmware
from arenafit.report.documents.answers.answer import (
    Answer,
    Budget,
    NextStep,
    arena_result,
    command,
    fit_step,
    operand,
    tflm_clause,
)
from arenafit.targets.boards import Board
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
    result = arena_result(sizes.least_bytes, None, made.target.name, "ESTIMATED" if made.estimated else "predicted")
    return Answer(
        result=f"{result}; written {format_size(sizes.written_bytes)}, margin included",
        verdict=verdict,
        needs=f"{tflm_clause(made.needs[0] if made.needs else None)}; {format_count(made.operators, 'operator')} to"
        f" register, {format_size(sizes.model_bytes)} bytes of flash{sizes.contract}",
        next=(_next(file, options, fitting, parts=bool(sizes.contract)),),
        fits=fitting,
        spare_bytes=spare,
        options=tuple(options),
    )


def _next(file: str, options: Sequence[str], fitting: bool | None, *, parts: bool) -> NextStep:
    if parts:
        return NextStep(command("measure", operand(file)), "replays the hand-over in the real TFLM")
    if fitting is None:
        return NextStep(command("inspect", operand(file), "--board", "NAME"), "whether it fits your board")
    if fitting:
        return NextStep(command("check", operand(file), *options), "in CI: fails as soon as it does not fit any more")
    return fit_step(file, options, "then export the fitted model")
