"""What was done to a model, step by step, and what each step bought: predicted, and measured where TFLM runs."""

from dataclasses import dataclass, replace
from functools import partial

from arenafit.fit.feeding.frames import frames_of
from arenafit.fit.lanes import at_once
from arenafit.fit.search.candidates import Candidate, instructions
from arenafit.fit.search.evaluation import price
from arenafit.fit.settings import Settings
from arenafit.fit.verify import Verifier
from arenafit.ir import Model, OpId
from arenafit.layout import Hints
from arenafit.rewrites.protocol import Claim, Move
from arenafit.runtime import Measurement, Refusal
from arenafit.tflite import write_bytes
from arenafit.tflm.footprints import footprint


@dataclass(frozen=True, slots=True)
class Step:
    """One rewrite: where, what it did, and the model after it.

    `predicted_bytes` is the smallest working arena on the target, `measured_bytes` the smallest that works on the wheel
    (None where it cannot be run); `instructions` an estimate for one Invoke, or a frame of a model fed by rows;
    `flash_bytes` the file; `claim` what the step promises of the outputs.
    """

    rewrite: str
    what: str
    where: tuple[OpId, ...]
    predicted_bytes: int
    measured_bytes: int | None
    instructions: int
    flash_bytes: int
    claim: str = Claim.BIT_EXACT.value


def trail(
    original: Model, candidate: Candidate, settings: Settings, verifier: Verifier
) -> tuple[tuple[Step, ...], tuple[Model, ...]]:
    """Return the steps from the original, as it came, to the candidate, each planned as the last one is.

    With them comes the model after each step, the first of which is the original.
    """
    as_it_came = Move("original", (), note="the model as it is")
    made = [(as_it_came, original)]
    last = len(candidate.stages) - 1
    for position, stage in enumerate(candidate.stages):
        here = candidate.priced.model if position == last else _planned(stage.model, candidate.hints, settings)
        made.append((stage.move, here))
    if not candidate.stages and candidate.priced.model != original:
        made.append((Move("plan", (), note="an offline plan written"), candidate.priced.model))
    contents = [write_bytes(model) for _, model in made]
    measuring = [
        partial(verifier.measure, content, min_arena=True, fed=frames_of(model))
        for content, (_, model) in zip(contents, made, strict=True)
    ]
    measured = at_once(measuring, verifier.lanes)
    steps = [
        _step(move, model, len(content), found, settings)
        for (move, model), content, found in zip(made, contents, measured, strict=True)
    ]
    if candidate.feed is not None and candidate.stages:
        steps[-1] = replace(steps[-1], instructions=candidate.instructions)
    return tuple(steps), tuple(model for _, model in made)


def _planned(model: Model, hints: Hints, settings: Settings) -> Model:
    """Return a model on the way to the candidate, planned with as much of the candidate's hints as concerns it."""
    known = hints.within(model)
    return price(model, settings.target, hints=known, keep_inputs=settings.keep_inputs).model


def _step(
    move: Move, model: Model, flash_bytes: int, measured: Measurement | Refusal | None, settings: Settings
) -> Step:
    found = measured.min_arena_bytes if isinstance(measured, Measurement) else None
    predicted = footprint(model, settings.target).min_arena_bytes
    time = instructions(model, settings)
    return Step(move.rewrite, move.note, move.where, predicted, found, time, flash_bytes, move.claim.value)
