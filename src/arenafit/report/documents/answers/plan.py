"""The answer of `plan`."""

from collections.abc import Sequence
from dataclasses import replace

from arenafit.fit.relayout import PlanResult
from arenafit.report.documents.answers.answer import Answer, Budget, arena_result, export_step, fit_step, place_of


def plan_answer(name: str, output: str, result: PlanResult, budget: Budget, options: Sequence[str]) -> Answer:
    """Return what `plan` answers of the model called `name`, whose new layout is written to `output`.

    `options` name the board or target to go on with.
    """
    before, after = result.before.min_arena_bytes, result.after.footprint.min_arena_bytes
    target = result.after.footprint.target
    place = place_of(target.name, target.tflm)
    found = "; nothing smaller was found" if after == before else ""
    verdict, fitting, spare = budget.verdict(after, len(result.content))
    fit = fit_step(name, options, "rewrites the operators, too")
    export = export_step(output, options)
    return Answer(
        result=f"{arena_result(before, after, place)}; outputs {result.verdict.proof}{found}",
        verdict=verdict,
        needs="needs no other TFLM than before: operators stay as they are; outputs bit-exact",
        next=(fit,) if fitting is False or (after == before and not fitting) else (export, fit),
        fits=fitting,
        spare_bytes=spare,
        options=tuple(options),
    )


def plan_over_memories(answer: Answer | None, output: str, options: tuple[str, ...]) -> Answer | None:
    """Return the answer for a planned model that several memories hold; `options` ask for them."""
    if answer is None:
        return None
    step = export_step(output, options, "the C++, with the planner that leads the buffers there")
    return replace(answer, verdict="fits the memories", next=(step,), fits=True)
