"""The answer of `plan`."""

from dataclasses import replace

from arenafit.fit.relayout import PlanResult
from arenafit.report.documents.answers.answer import Answer, arena_result, export_step, fit_step


def plan_answer(name: str, output: str, result: PlanResult) -> Answer:
    """Return what `plan` answers of the model called `name`, whose new layout is written to `output`."""
    before, after = result.before.min_arena_bytes, result.after.footprint.min_arena_bytes
    target = result.after.footprint.target.name
    found = "; nothing smaller was found" if after == before else ""
    fit = fit_step(name, (), "rewrites the operators, too")
    export = export_step(output, ())
    return Answer(
        result=f"{arena_result(before, after, target)}; outputs {result.verdict.proof}{found}",
        verdict="no budget named: inspect --board NAME says whether it fits",
        needs="needs no other TFLM than before: operators stay as they are; outputs bit-exact",
        next=(fit,) if after == before else (export, fit),
    )


def plan_over_memories(answer: Answer | None, output: str, options: tuple[str, ...]) -> Answer | None:
    """Return the answer for a planned model that several memories hold; `options` ask for them."""
    if answer is None:
        return None
    step = export_step(output, options, "the C++, with the planner that leads the buffers there")
    return replace(answer, verdict="fits the memories", next=(step,), fits=True)
