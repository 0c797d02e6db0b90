"""The answer of `measure`."""

from arenafit.report.documents.answers.answer import Answer, NextStep, arena_result, command, operand
from arenafit.runtime import Measurement
from arenafit.units import format_size


def measurement_answer(name: str, measurement: Measurement, contract: str = "") -> Answer:
    """Return what `measure` answers of the model called `name`; `contract` says how it was fed, if by rows."""
    runtime = measurement.runtime
    where = f"{runtime.name} {runtime.version} ({runtime.kernels} kernels, {runtime.abi})"
    smallest = measurement.min_arena_bytes
    if smallest is not None:
        result = arena_result(smallest, None, where, "measured")
    elif measurement.total_bytes is not None:
        result = f"runs: {format_size(measurement.total_bytes)} bytes of arena recorded on {where}, measured"
    else:
        result = f"runs on {where}; it reports no arena"
    file = operand(name)
    steps = [NextStep(command("inspect", file, "--board", "NAME"), "the same for a board, and whether it fits")]
    if smallest is None and measurement.total_bytes is not None:
        steps.insert(0, NextStep(command("measure", file, "--min-arena"), "the smallest working arena, by trying"))
    return Answer(
        result=result,
        verdict="says nothing of a board: these are the figures of the build it ran in",
        needs=f"ran with a model of {measurement.model_sha256[:12]} (SHA-256)",
        next=tuple(steps),
        contract=contract,
    )
