"""The answer of `plan`."""

from arenafit.fit.relayout import PlanResult
from arenafit.report.documents.answers.answer import Answer, NextStep, beside, command
from arenafit.units import format_size


def plan_answer(name: str, output: str, result: PlanResult) -> Answer:
    """Return what `plan` answers of the model called `name`, whose new layout is written to `output`."""
    before, after = result.before.min_arena_bytes, result.after.footprint.min_arena_bytes
    target = result.after.footprint.target.name
    sizes = format_size(after) if after == before else f"{format_size(before)} -> {format_size(after)}"
    found = "; nothing smaller was found" if after == before else ""
    fit = NextStep(command("fit", name, "-o", beside(name, "fitted.tflite")), "rewrites the operators, too")
    export = NextStep(command("export", output, "-o", beside(output, "firmware")), "write the C++")
    return Answer(
        result=f"smallest working arena: {sizes} bytes on {target}, predicted; {result.verdict.proof}{found}",
        verdict="no budget named: inspect --board NAME says whether it fits",
        needs="needs no other TFLM than before: operators stay as they are; outputs bit-exact",
        next=(fit,) if after == before else (export, fit),
    )
