"""The whole of `prune`: order, path, refits judged on calibration data, and the step that the goal asks for."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from arenafit.accuracy.samples import Samples
from arenafit.errors import BudgetError, UnsupportedModelError
from arenafit.ir import Model
from arenafit.learn.distil import Distil, Distilled, distil
from arenafit.learn.lift import Lifted, lift, real_inputs
from arenafit.prune.evaluation import StepEvaluator, outputs_of
from arenafit.prune.order import Order, order
from arenafit.prune.path import Objective, PathStep, Pricing, path
from arenafit.prune.readers import most_samples, readers
from arenafit.prune.refit import with_parameters
from arenafit.prune.request import DEFAULT_MAX_DROP, REDUNDANT, Forecast, Pruned, Request, Tried
from arenafit.runtime import TflmPool
from arenafit.structure.channels import channels
from arenafit.structure.naming import short_name
from arenafit.structure.pricing import with_constant_shapes
from arenafit.structure.skeleton import int8_skeleton
from arenafit.units import format_size

__all__ = ["outputs_of", "prune"]

# Without so many channels removable at the error of a redundant layer, pruning will not work.
_LEAST_REMOVABLE = 0.1
# How far the way goes: beyond this error of a layer for each bit of loss nothing is tried; the judgement decides.
_ERROR_PER_DROP = 1.0

Report = Callable[[str], None]


def prune(
    model: Model,
    calibration: Samples,
    request: Request,
    report: Report = lambda _: None,
    *,
    runtime: TflmPool | None = None,
) -> Pruned:
    """Return `model` with fewer channels, what reads them fitted again on the calibration samples.

    `runtime` runs what is judged as int8; without it `request.as_int8` is of sizes alone.

    Raises:
        UnsupportedModelError: if an operator is not known as a function of real numbers, no channel can go, or the
            forecast says that pruning will not work, naming the tight layers (unless `request.force`).
        BudgetError: if the goal cannot be met.
    """
    base = with_constant_shapes(model)
    if request.as_int8:
        int8_skeleton(base)  # refuses what cannot be quantised before anything is computed
    lifted = lift(base)
    found = channels(base)
    if not found.layers:
        raise UnsupportedModelError("no layer has channels that could go: they all reach an input or output")
    inputs = real_inputs(base, calibration.arrays)
    used = most_samples(lifted, len(calibration))
    fit_inputs = tuple(array[:used] for array in inputs)
    report("what reads each layer")
    known = readers(lifted, found, fit_inputs, request.seed)
    orders = {}
    for op, labels in found.layers.items():
        report(f"order of {short_name(base.main, base.ops[op])}")
        read_by = [reader for reader in known.values() if np.isin(reader.labels, labels).any()]
        if read_by:
            orders[op] = order(labels, read_by)
    names = {op: short_name(model.main, model.ops[op]) for op in orders}
    forecasts = tuple(_forecast(names[op], item) for op, item in orders.items())
    _check_forecasts(forecasts, request)
    way = path(
        found,
        orders,
        Pricing(request.target, request.objective),
        _most_error(request),
        lambda steps: report(f"{steps} steps of channels"),
    )
    evaluator = StepEvaluator(
        found, orders, known, fit_inputs, inputs, calibration, outputs_of(lifted, inputs), request, runtime
    )
    chosen = _chosen(evaluator, way, report)
    report("fitted once more, on all samples")
    chosen = evaluator.finished(chosen)
    evaluator.tried[way.index(chosen.step)] = chosen
    trained = None
    if request.distil_steps and chosen.step.removed:
        chosen, trained = _distilled(evaluator, lifted, chosen, report)
    counts = {op: len(item.labels) for op, item in orders.items()}
    tried = tuple(item for _, item in sorted(evaluator.tried.items()))
    return Pruned(model, chosen, tuple(way), tried, forecasts, names, counts, used, trained)


def _distilled(evaluator: StepEvaluator, teacher: Lifted, chosen: Tried, report: Report) -> tuple[Tried, Distilled]:
    """Return the step trained to give what the original gives, if that helps on samples held back."""
    request, model = evaluator.request, chosen.needed_model
    options = Distil(steps=request.distil_steps, seed=request.seed, engine=request.engine)
    steps = request.distil_steps
    found = distil(teacher, lift(model), evaluator.inputs, options, lambda done: report(f"distilled {done} of {steps}"))
    return (replace(chosen, model=with_parameters(model, found.parameters)) if found.kept else chosen), found


def _most_error(request: Request) -> float:
    if request.ram_bytes is not None and request.max_drop is None:
        return 1.0
    most = DEFAULT_MAX_DROP if request.max_drop is None else request.max_drop
    return most * _ERROR_PER_DROP


def _forecast(name: str, item: Order) -> Forecast:
    return Forecast(name, len(item.labels), item.error_at(1 / 8), item.error_at(1 / 2), item.removable(REDUNDANT))


def _check_forecasts(forecasts: tuple[Forecast, ...], request: Request) -> None:
    removable = sum(item.removable for item in forecasts)
    whole = sum(item.channels for item in forecasts)
    if request.force or (whole and removable >= _LEAST_REMOVABLE * whole):
        return
    tightest = sorted(forecasts, key=lambda item: -item.at_an_eighth)[:5]
    listed = ", ".join(f"{item.layer} ({item.at_an_eighth:.2g} for an eighth of it)" for item in tightest)
    raise UnsupportedModelError(
        f"these layers are not redundant: {removable} of {whole} channels can go at an error of {REDUNDANT}; the"
        f" tightest are {listed}. `whatif` with training is the way here; --force prunes all the same"
    )


def _chosen(evaluator: StepEvaluator, way: list[PathStep], report: Report) -> Tried:
    request = evaluator.request
    fits = request.objective is Objective.FITTED
    if request.ram_bytes is not None:
        return _for_ram(evaluator, way, request.ram_bytes, report)
    most = DEFAULT_MAX_DROP if request.max_drop is None else request.max_drop
    low, high = 0, len(way) - 1
    while low < high:
        middle = (low + high + 1) // 2
        report(f"step {middle} of {len(way) - 1} fitted again")
        low, high = (middle, high) if evaluator.look(middle, way).drop <= most else (low, middle - 1)
    if not fits:
        return evaluator.look(low, way)
    report("the arena after fit")
    return _least_fitted(low, evaluator, way)


def _least_fitted(last: int, evaluator: StepEvaluator, way: list[PathStep]) -> Tried:
    """Return the last step, or one of half its error if `fit` makes about the same of it."""
    chosen = evaluator.look(last, way, fitted=True)
    half = next(position for position, step in enumerate(way) if step.error >= way[last].error / 2)
    if half == last:
        return chosen
    other = evaluator.look(half, way, fitted=True)
    return other if (other.fitted_bytes or 0) <= (chosen.fitted_bytes or 0) * _ABOUT_EQUAL else chosen


_ABOUT_EQUAL = 1.005


def _for_ram(evaluator: StepEvaluator, way: list[PathStep], ram_bytes: int, report: Report) -> Tried:
    fits = evaluator.request.objective is Objective.FITTED
    low, high = 0, len(way) - 1

    def size(position: int) -> int:
        report(f"step {position} of {len(way) - 1} priced")
        if fits:
            return evaluator.look(position, way, fitted=True).fitted_bytes or 0
        return way[position].sizes.arena_bytes

    if size(high) > ram_bytes:
        raise BudgetError(
            f"with the fewest channels the arena is {format_size(size(high))} bytes, {format_size(ram_bytes)} are"
            " allowed: `whatif` shows other structures"
        )
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if size(middle) <= ram_bytes else (middle + 1, high)
    found = evaluator.look(low, way, fitted=fits)
    if evaluator.request.max_drop is not None and found.drop > evaluator.request.max_drop:
        raise BudgetError(
            f"within {format_size(ram_bytes)} bytes it loses {found.drop:.2%} on the calibration data,"
            f" {evaluator.request.max_drop:.2%} are allowed"
        )
    return found
