"""What was done to a model, step by step, and what each step bought: predicted, and measured where TFLM runs."""

from dataclasses import dataclass

from arenafit.fit.search.candidates import Candidate, instructions
from arenafit.fit.search.evaluation import price
from arenafit.fit.settings import Settings
from arenafit.fit.verify import Verifier
from arenafit.ir import Model, OpId
from arenafit.layout import Hints
from arenafit.runtime import Measurement
from arenafit.tflite import write_bytes
from arenafit.tflm.footprints import footprint


@dataclass(frozen=True, slots=True)
class Step:
    """One rewrite: where, what it did, and the model after it.

    `predicted_bytes` is the smallest working arena on the target, `measured_bytes` what the recording allocator of the
    wheel totals (None where it cannot be run); `instructions` an estimate for one Invoke, `flash_bytes` the file.
    """

    rewrite: str
    what: str
    where: tuple[OpId, ...]
    predicted_bytes: int
    measured_bytes: int | None
    instructions: int
    flash_bytes: int


def trail(original: Model, candidate: Candidate, settings: Settings, verifier: Verifier) -> tuple[Step, ...]:
    """Return the steps from the original, as it came, to the candidate, each planned as the last one is."""
    steps: list[Step] = []
    models = [("", "", (), original)] + [
        (stage.move.rewrite, stage.move.note, stage.move.where, stage.model) for stage in candidate.stages
    ]
    for position, (rewrite, what, where, model) in enumerate(models):
        if position == 0:
            steps.append(_step("original", "the model as it is", (), original, settings, verifier=verifier))
            continue
        last = position == len(models) - 1
        planned = candidate.priced.model if last else _planned(model, candidate.hints, settings)
        steps.append(_step(rewrite, what, where, planned, settings, verifier=verifier))
    if not candidate.stages and candidate.priced.model != original:
        steps.append(_step("plan", "an offline plan written", (), candidate.priced.model, settings, verifier=verifier))
    return tuple(steps)


def _planned(model: Model, hints: Hints, settings: Settings) -> Model:
    """Return a model on the way to the candidate, planned with as much of the candidate's hints as concerns it."""
    known = Hints(
        tuple(item for item in hints.behind if {item.tensor, item.other} <= model.tensors.keys()),
        tuple(item for item in hints.tied if {item[0], item[1]} <= model.tensors.keys()),
        frozenset(hints.carriers & model.tensors.keys()),
        frozenset(hints.windows & model.tensors.keys()),
        tuple(item for item in hints.read_by if item[0] in model.tensors and item[1] in model.ops),
        tuple(item for item in hints.made_by if item[0] in model.tensors and item[1] in model.ops),
    )
    return price(model, settings.target, hints=known, keep_inputs=settings.keep_inputs).model


def _step(
    rewrite: str, what: str, where: tuple[OpId, ...], model: Model, settings: Settings, *, verifier: Verifier
) -> Step:
    content = write_bytes(model)
    measured = verifier.measure(content)
    total = measured.total_bytes if isinstance(measured, Measurement) else None
    predicted = footprint(model, settings.target).min_arena_bytes
    return Step(rewrite, what, where, predicted, total, instructions(model, settings), len(content))
