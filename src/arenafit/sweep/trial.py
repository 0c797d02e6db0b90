"""One trial: made, claimed, priced, given up or trained, quantised, priced again, judged."""

import base64
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import isfinite
from typing import Any

from arenafit.accuracy.execution import Runtime
from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model
from arenafit.sweep.code_source import CodeSource
from arenafit.sweep.cpu import cpu_seconds
from arenafit.sweep.finished import AGAIN, RESULT, SEED, role_of
from arenafit.sweep.integer import quantised
from arenafit.sweep.judge import Loss, compared, is_relative, loses_nothing, losses, outputs_of
from arenafit.sweep.model_source import ModelSource
from arenafit.sweep.plan import LOSS, Plan
from arenafit.sweep.pricing import Figures, SweepPricer, as_priced, boundary_bytes
from arenafit.sweep.protocol import Candidate, Trained
from arenafit.sweep.space import Params, Space, digest
from arenafit.sweep.trial_store import TrialStore
from arenafit.sweep.work import most_macs
from arenafit.tflite import write_bytes
from arenafit.units import format_size

# A training of a chosen point takes so many times as long as one in the search.
LONGER = 2
# Training code has no original to tell what can be had: before so many trainings nothing is given up for its price.
_FEW_TRAINED = 12


@dataclass
class WorkerContext:
    """What all trials of a worker share."""

    plan: Plan
    source: ModelSource | CodeSource
    runtime: Runtime
    pricer: SweepPricer
    trial_store: TrialStore
    report: Callable[[str], None] = lambda _: None
    reference_macs: int | None = None


class GivenUpError(Exception):
    """A trial ends before its training, for a reason that is a result, too."""

    def __init__(self, reason: str, figures: Figures | None = None, excess: float = 0.0) -> None:
        super().__init__(reason)
        self.reason, self.figures, self.excess = reason, figures, excess


def run_trial(context: WorkerContext, trial: Any, space: Space) -> dict[str, Any]:
    """Run the trial, write what came of it, and return that."""
    begun = cpu_seconds()
    params = suggested(trial, space)
    again = role_of(trial) == AGAIN
    seed = int(trial.user_attrs.get(SEED, 0))
    values: list[float] | None = None
    try:
        result, values = _worked(context, trial, params, seed if again else None)
    except GivenUpError as found:
        result = {"reason": found.reason, "excess": found.excess}
        if found.figures is not None:
            result["figures"] = asdict(found.figures)
        if isinstance(found, DuplicateError):
            result["duplicate_of"] = found.other
    except UnsupportedModelError as error:
        result = {"reason": f"cannot be made: {error}", "excess": 1.0}
    result["cpu"] = round(cpu_seconds() - begun, 3)
    context.trial_store.settle(trial, result, values)
    return result


def _worked(
    context: WorkerContext, trial: Any, params: Params, again: int | None
) -> tuple[dict[str, Any], list[float]]:
    plan = context.plan
    candidate = context.source.candidate(params)
    key = candidate.key if again is None else digest(candidate.key, AGAIN, again)
    other = context.trial_store.claim(trial, key)
    if other is not None:
        raise DuplicateError(other)
    context.report("pricing")
    priced = _priced(context, candidate, chosen=again is not None)
    if priced is not None and again is None:
        _check_price(context, priced)
    if plan.priced_only:
        if priced is None:
            raise UnsupportedModelError("the training code makes no untrained model, so nothing can be priced alone")
        result: dict[str, Any] = {"figures": asdict(priced), "settings": list(candidate.settings)}
        return result, [float(priced.of(aim)) for aim in plan.aims]
    trained, model, loss = made(context, candidate, 0 if again is None else again, 1 if again is None else LONGER)
    context.report("pricing what was trained")
    figures = context.pricer.fitted(model)
    if not (isfinite(loss.mean) and isfinite(loss.drop) and isfinite(loss.error)):
        raise GivenUpError("no loss: the trained model gives no numbers", figures, 1.0)  # a storage takes none either
    if priced is None and again is None:
        _check_price(context, figures)
    result = {
        "figures": asdict(figures),
        "priced": None if priced is None else asdict(priced),
        "loss": asdict(loss),
        "settings": list(candidate.settings),
        "again": trained.again,
        "diverged": trained.diverged,
        "excess": 0.0 if plan.max_drop is None else max(0.0, loss.drop - plan.max_drop),
    }
    if again is not None:
        result["model"] = packed(write_bytes(model))
    return result, [loss.mean if aim == LOSS else float(figures.of(aim)) for aim in plan.aims]


def suggested(trial: Any, space: Space) -> Params:
    """Return the parameters of a trial."""
    params: Params = {}
    for item in space.parameters:
        if item.choices:
            params[item.name] = trial.suggest_categorical(item.name, item.choices)
        else:
            params[item.name] = trial.suggest_int(item.name, item.low, item.high, step=item.step)
    return params


class DuplicateError(GivenUpError):
    """Another trial has the same content."""

    def __init__(self, other: int) -> None:
        super().__init__(f"the same as trial {other}")
        self.other = other


def _priced(context: WorkerContext, candidate: Candidate, *, chosen: bool) -> Figures | None:
    if candidate.untrained is None:
        return None
    skeleton = as_priced(candidate.untrained, candidate.params)
    plan, stock = context.plan, context.pricer.stock(skeleton)
    if plan.ram_bytes is not None and boundary_bytes(skeleton) > plan.ram_bytes:
        over = boundary_bytes(skeleton) / plan.ram_bytes - 1
        raise GivenUpError("too big: its inputs or outputs alone", stock, over)
    if plan.flash_bytes is not None and stock.flash > plan.flash_bytes:
        raise GivenUpError(f"too big: {format_size(stock.flash)} of flash", stock, stock.flash / plan.flash_bytes - 1)
    most = most_macs(plan, context.reference_macs)
    if stock.macs > most and not (chosen or plan.priced_only or candidate.is_trained):
        over = stock.macs / most - 1
        raise GivenUpError(f"too slow to train: {stock.macs:,} multiply-accumulates", stock, over)
    return context.pricer.fitted(skeleton, stock)


def _check_price(context: WorkerContext, priced: Figures) -> None:
    """Give up what cannot be of use whatever its training gives."""
    plan = context.plan
    fitted = priced.of("fitted")
    if plan.ram_bytes is not None and fitted > plan.ram_bytes:
        raise GivenUpError(f"too big: {format_size(fitted)} fitted", priced, fitted / plan.ram_bytes - 1)
    if plan.instructions is not None and priced.instructions > plan.instructions:
        over = priced.instructions / plan.instructions - 1
        raise GivenUpError(f"too slow: {priced.instructions:,} instructions", priced, over)
    if plan.priced_only or LOSS not in plan.aims:
        return
    better = dominating(context.trial_store, plan, priced)
    if better is not None:
        raise GivenUpError(f"dominated: trial {better} takes no more, and nothing yet is better than it", priced, 0.0)


def dominating(trial_store: TrialStore, plan: Plan, priced: Figures) -> int | None:
    """Return a trial that takes no more of anything and with which nothing is lost, to within its standard error.

    Nothing is lost if it answers as well as the best so far, and as the original; where there is no original, only the
    best of several counts, since the best of a few may be far from what can be had.
    """
    done = [item for item in trial_store.counted() if "loss" in item.user_attrs.get(RESULT, {}) and item.values]
    if not done or (plan.train is not None and len(done) < _FEW_TRAINED):
        return None
    least = min(item.user_attrs[RESULT]["loss"]["mean"] for item in done)
    aims = [aim for aim in plan.aims if aim != LOSS]
    for item in done:
        result = item.user_attrs[RESULT]
        figures, loss = Figures(**result["figures"]), Loss(**result["loss"])
        if loses_nothing(loss, least) and all(figures.of(aim) <= priced.of(aim) for aim in aims):
            return int(item.number)
    return None


def made(context: WorkerContext, candidate: Candidate, seed: int, effort: int) -> tuple[Trained, Model, Loss]:
    """Return the candidate trained, quantised, and its loss on the validation samples."""
    source, plan = context.source, context.plan
    trained = source.train(candidate, plan.seed + seed, effort, context.report)
    model, loss = _judged(context, candidate, trained)
    if isinstance(source, CodeSource) and _is_chance(context, model):
        gentle = source.gentler(candidate, plan.seed + seed, effort)
        if gentle is not None:
            second = Trained(gentle, again=True)
            other, after = _judged(context, candidate, second)
            if after.mean <= loss.mean:
                return replace(second, diverged=_is_chance(context, other)), other, after
        trained = replace(trained, again=gentle is not None, diverged=True)
    return trained, model, loss


def _judged(context: WorkerContext, candidate: Candidate, trained: Trained) -> tuple[Model, Loss]:
    context.report("quantising")
    target, _ = context.plan.place()
    calibration = context.source.calibration(trained.model)
    model = quantised(trained.model, candidate.params, calibration, context.runtime, target)
    context.report("judging on validation samples")
    samples = context.source.validation(trained.model)
    outputs = outputs_of(context.runtime, model, samples)
    reference = context.source.reference()
    original = None if reference is None else reference.outputs
    own = losses(model, outputs, samples.labels, original)
    before = None if reference is None else losses(reference.model, reference.outputs, samples.labels, original)
    return model, compared(own, before, relative=is_relative(samples.labels))


def _is_chance(context: WorkerContext, model: Model) -> bool:
    """Return whether a model that training code made answers all alike."""
    samples = context.source.validation(model)
    labels = samples.labels[0] if samples.labels else None
    if labels is None or labels.dtype.kind not in "iu":
        return False
    outputs = outputs_of(context.runtime, model, samples)
    flat = outputs[0].reshape(len(outputs[0]), -1)
    return bool(flat.shape[1] > 1 and (flat.argmax(axis=1) == flat.argmax(axis=1)[0]).all())


def packed(content: bytes) -> str:
    """Return a file as text."""
    return base64.b85encode(zlib.compress(content, 9)).decode()


def unpacked(text: str) -> bytes:
    """Return the file that `packed` gave."""
    return zlib.decompress(base64.b85decode(text))
