"""The answers of the verbs that change what a model computes: `quantize`, `prune` and `whatif`; and of `repair`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from arenafit.errors import UnsupportedModelError
from arenafit.fit.repair import Repaired
from arenafit.ir import Model, feed_of
from arenafit.report.documents.answers.answer import (
    SAMPLES,
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
    quantize_step,
    tflm_clause,
)
from arenafit.structure.keras_script import keras_script
from arenafit.units import format_count, format_size


@dataclass(frozen=True, slots=True)
class Changed:
    """A model that computes something else than the one it was made from.

    Sizes are those of the smallest working arena, predicted, and of the new file; `loss` says in a clause
    what it costs; `output` is the file that was written, `place` what the sizes hold
    for. `fitted_bytes` is what `fit` is predicted to make of it, where
    that was the objective: then a budget is of these; `is_int8_next`: after it is quantised.
    """

    model: Model
    output: str
    place: str
    before_bytes: int
    after_bytes: int
    model_bytes: int
    loss: str
    fitted_bytes: int | None = None
    is_int8_next: bool = False


def changed_answer(made: Changed, budget: Budget, options: Sequence[str]) -> Answer:
    """Return what `quantize` and `prune` answer; `options` name the board or target to go on with."""
    fitted = made.fitted_bytes
    verdict, fitting, spare = budget.verdict(made.after_bytes if fitted is None else fitted, made.model_bytes)
    steps: tuple[NextStep, ...]
    if fitted is not None and fitting is not None:
        verdict = f"after {'quantize and ' if made.is_int8_next else ''}fit, predicted: {verdict}"
    if made.is_int8_next:
        fit = fit_step(beside(made.output, "int8.tflite"), options)
        steps = (quantize_step(made.output, options, f"and then {fit.command}"),)
    elif fitted is not None:
        steps = (fit_step(made.output, options),)
    elif fitting:
        steps = (export_step(made.output, options, "it fits: write the C++"),)
    elif fitting is False:
        steps = misfit_steps(made.output, options, spare, floats=is_float(made.model))
    elif is_float(made.model):
        steps = (quantize_step(made.output, options), fit_step(made.output, options))
    else:
        steps = (fit_step(made.output, options),)
    needed = tflm_clause(needed_tflm([made.model]), budget.board)
    return Answer(
        result=arena_result(made.before_bytes, made.after_bytes, made.place),
        verdict=verdict,
        needs=f"{needed}; {format_size(made.model_bytes)} bytes of flash; {made.loss}",
        next=steps,
        fits=fitting,
        spare_bytes=spare,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A row of `whatif`: its number, its settings, the arena it would take, and what it needs before it is of use."""

    number: int
    settings: tuple[str, ...]
    arena_bytes: int
    keeps_weights: bool


def whatif_answer(
    now: Changed, best: Change | None, budget: Budget, options: Sequence[str], form: Sequence[str] = ()
) -> Answer:
    """Return what `whatif` answers: what the model takes `now`, and what the `best` of the changes would take.

    `form` are the options that say how it was priced: rows are numbered in that form.
    """
    verdict, fitting, spare = budget.verdict(now.before_bytes, now.model_bytes)
    result = arena_result(now.before_bytes, None, now.place)
    if best is None:
        fed = feed_of(now.model) is not None  # what fit made, it takes no second time
        export = export_step(now.output, options, "write the C++, the class that feeds it among it")
        nothing = (export if fed else fit_step(now.output, options),)
        return Answer(f"{result}; no change would make it smaller", verdict, now.loss, nothing, fitting, spare)
    would, would_fit, _ = budget.verdict(best.arena_bytes, now.model_bytes)
    if would_fit is not None and would_fit is not fitting:
        verdict += f"; as row {best.number} it {would.partition(':')[0]}"
    name = operand(now.output)
    if best.keeps_weights:
        out = beside(now.output, "pruned.tflite")
        step = NextStep(
            command("prune", name, "--data", SAMPLES, *options, "-o", out),
            "fewer channels from the trained weights, judged",
        )
    else:
        step = _written(now, ("whatif", name, *form, *options, "--apply", str(best.number)))
    needs = "keeps the trained weights" if best.keeps_weights else "must be trained anew"
    return Answer(
        result=f"{result}; {format_size(best.arena_bytes)} with {' '.join(best.settings)}",
        verdict=verdict,
        needs=f"{now.loss}; row {best.number} {needs}, and computes something else",
        next=(step,),
        fits=fitting,
        spare_bytes=spare,
    )


def _written(now: Changed, words: tuple[str, ...]) -> NextStep:
    """Return how to write the changed architecture: as a script where Keras has every layer, else as a file."""
    try:
        keras_script(now.model)
    except UnsupportedModelError:
        file = beside(now.output, "changed.tflite")
        return NextStep(command(*words, "-o", file), "the changed model, untrained: change the training code alike")
    script = beside(now.output, "changed.py")
    return NextStep(command(*words, "--keras", script), "its architecture as a Keras script, to train")


def repair_answer(inspected: Answer, made: Repaired) -> Answer:
    """Return what `repair` answers, from what `inspect` says of the repaired model."""
    did = format_count(len(made.changes), "repair") if made.changes else "nothing had to be repaired"
    return replace(inspected, needs=f"{inspected.needs}; {did}, desktop LiteRT before and after: {made.litert}")
