"""The whole of `prune`: order, path, refits judged on calibration data, and the step that the goal asks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from arenafit.accuracy.classifiers import is_classifier
from arenafit.accuracy.samples import Samples, output_ports
from arenafit.accuracy.scores import OutputScore, score
from arenafit.errors import BudgetError, UnsupportedModelError
from arenafit.ir import Model, OpId
from arenafit.learn.distil import Distil, Distilled, distil
from arenafit.learn.lift import Lifted, lift, real_inputs
from arenafit.learn.protocol import Array
from arenafit.prune.order import Order, order
from arenafit.prune.path import Objective, PathStep, Pricing, labels_of, path
from arenafit.prune.readers import Reader, most_samples, readers
from arenafit.prune.refit import refitted, with_parameters
from arenafit.structure.channels import Channels, channels
from arenafit.structure.naming import short_name
from arenafit.structure.pricing import with_constant_shapes
from arenafit.targets.target import WHEEL, Target
from arenafit.units import format_size

DEFAULT_MAX_DROP = 0.01
# Forecasts: half of a redundant layer can go for this error; a layer is tight if an eighth of it costs more than that.
REDUNDANT, TIGHT = 0.002, 0.02
# Without so many channels removable at the error of a redundant layer, pruning will not work.
_LEAST_REMOVABLE = 0.1
# The error of a layer that goes with a loss of 1 %: found on one model, checked on others; the judgement decides.
_ERROR_PER_DROP = 0.0022 / 0.01
_FOLDS = 2
# Of samples that are classed otherwise, so many count as lost: some were wrong before, some are right now.
_LOST_OF_CHANGED = 0.4
_BATCH = 32

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        max_drop: the greatest loss on calibration data (fraction); None: 1 %, or any if `ram_bytes` is given.
        ram_bytes: the arena to come down to; the first step of the way that does is taken.
        objective: what shall get smaller.
        target: what to price for.
        force: go on where the forecast says that it will not work.
        effort: of the search, where the objective is the fitted arena.
        seed: of the choice of rows, and of distillation.
        distil_steps: batches of self-distillation after the refit; 0: none.
    """

    max_drop: float | None = None
    ram_bytes: int | None = None
    objective: Objective = Objective.STOCK
    target: Target = WHEEL
    force: bool = False
    effort: str | int = "fast"
    seed: int = 0
    distil_steps: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """How much a layer can lose: the error when an eighth and when half of its channels are gone."""

    layer: str
    channels: int
    at_an_eighth: float
    at_half: float
    removable: int  # at the error of a redundant layer

    @property
    def verdict(self) -> str:
        """``redundant``, ``tight`` or ``between``."""
        if self.at_half <= REDUNDANT:
            return "redundant"
        return "tight" if self.at_an_eighth > TIGHT else "between"


@dataclass(frozen=True, slots=True)
class Tried:
    """A step of the way that was refitted and judged on the calibration data."""

    step: PathStep
    model: Model | None  # None where only the loss was wanted
    drop: float
    fitted_bytes: int | None

    @property
    def needed_model(self) -> Model:
        """The model of a step that was made."""
        if self.model is None:
            raise UnsupportedModelError("the step was judged, but its model was not made")
        return self.model


@dataclass(frozen=True)
class Pruned:
    """The chosen model, how it came about, and what the layers' forecasts are."""

    original: Model
    chosen: Tried
    way: tuple[PathStep, ...]
    tried: tuple[Tried, ...]
    forecasts: tuple[Forecast, ...]
    names: Mapping[OpId, str]
    counts: Mapping[OpId, int]
    samples_used: int
    distilled: Distilled | None = None

    @property
    def model(self) -> Model:
        """The model with fewer channels."""
        return self.chosen.needed_model

    @property
    def kept(self) -> dict[str, tuple[int, int]]:
        """Channels of each layer, before and after."""
        removed = self.chosen.step.removed
        return {self.names[op]: (count, count - removed[op]) for op, count in self.counts.items()}


@dataclass
class _Bench:
    """What all judgements share."""

    found: Channels
    orders: Mapping[OpId, Order]
    known: Mapping[OpId, Reader]
    fit_inputs: tuple[Array, ...]
    inputs: tuple[Array, ...]
    samples: Samples
    outputs: tuple[Array, ...]
    request: Request
    tried: dict[int, Tried] = field(default_factory=dict)

    def look(self, position: int, way: list[PathStep], *, fitted: bool = False) -> Tried:
        """Return the step refitted and judged; `fitted` also tells its arena after `fit`."""
        known = self.tried.get(position)
        if known is None:
            step = way[position]
            known = Tried(step, None, self.drop(labels_of(self.orders, step.removed)), None)
        if fitted and known.fitted_bytes is None:
            known = self.made(known)
            known = replace(known, fitted_bytes=fitted_bytes(known.needed_model, self.request))
        self.tried[position] = known
        return known

    def made(self, tried: Tried) -> Tried:
        """Return the step with its model, fitted again on all samples."""
        if tried.model is not None:
            return tried
        removed = labels_of(self.orders, tried.step.removed)
        return replace(tried, model=refitted(self.found, removed, self.known, self.fit_inputs))

    def drop(self, removed: frozenset[int]) -> float:
        """Return the loss against the original on samples that the refit did not see, fold by fold."""
        if not removed:
            return 0.0
        model = self.found.model
        after = [np.empty_like(item) for item in self.outputs]
        count = len(self.inputs[0])
        for fold in range(_FOLDS):
            held = np.arange(count) % _FOLDS == fold
            seen = tuple(array[~held[: len(array)]] for array in self.fit_inputs)
            part = {op: reader.of_samples(~held[: len(self.fit_inputs[0])]) for op, reader in self.known.items()}
            fitted = refitted(self.found, removed, part, seen)
            for whole, made in zip(after, outputs_of(lift(fitted), tuple(a[held] for a in self.inputs)), strict=True):
                whole[held] = made
        names = tuple(port.name for port in output_ports(model))
        classes = tuple(is_classifier(model, tensor) for tensor in model.main.outputs)
        wide = [[item.astype(np.float64) for item in side] for side in (self.outputs, after)]
        return max(_loss(item) for item in score(wide[0], wide[1], self.samples, names, classes))


def _loss(item: OutputScore) -> float:
    """Return the loss of one output; of a classifier at least a share of what is now classed otherwise.

    Calibration sets are small and their labels few: that nothing was lost on them says less than what has changed.
    """
    if not item.is_classifier or item.agreement is None:
        return item.drop
    changed = (1.0 - item.agreement) * _LOST_OF_CHANGED
    return max(item.drop, changed) if item.classes is not None else changed


def outputs_of(lifted: Lifted, inputs: tuple[Array, ...]) -> tuple[Array, ...]:
    """Return the outputs of all samples, computed in batches."""
    count = len(inputs[0])
    parts = [lifted.run([array[at : at + _BATCH] for array in inputs]) for at in range(0, count, _BATCH)]
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


def fitted_bytes(model: Model, request: Request) -> int:
    """Return the predicted arena after `fit`."""
    from arenafit.fit.search.driver import Search  # noqa: PLC0415 - the whole of fit, for those who ask
    from arenafit.fit.settings import Settings  # noqa: PLC0415 - loads the search; only for the fitted objective

    settings = Settings(target=request.target, effort=request.effort, seed=request.seed)
    return Search(model, settings, lambda _: None).run()[0].arena_bytes


def prune(model: Model, calibration: Samples, request: Request, report: Report = lambda _: None) -> Pruned:
    """Return `model` with fewer channels, what reads them fitted again on the calibration samples.

    Raises:
        UnsupportedModelError: if an operator is not known as a function of real numbers, no channel can go, or the
            forecast says that pruning will not work, naming the tight layers (unless `request.force`).
        BudgetError: if the goal cannot be met.
    """
    base = with_constant_shapes(model)
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
    bench = _Bench(found, orders, known, fit_inputs, inputs, calibration, outputs_of(lifted, inputs), request)
    chosen = bench.made(_chosen(bench, way, report))
    trained = None
    if request.distil_steps and chosen.step.removed:
        chosen, trained = _distilled(bench, lifted, chosen, report)
    counts = {op: len(item.labels) for op, item in orders.items()}
    tried = tuple(item for _, item in sorted(bench.tried.items()))
    return Pruned(model, chosen, tuple(way), tried, forecasts, names, counts, used, trained)


def _distilled(bench: _Bench, teacher: Lifted, chosen: Tried, report: Report) -> tuple[Tried, Distilled]:
    """Return the step trained to give what the original gives, if that helps on samples held back."""
    request, model = bench.request, chosen.needed_model
    options = Distil(steps=request.distil_steps, seed=request.seed)
    steps = request.distil_steps
    found = distil(teacher, lift(model), bench.inputs, options, lambda done: report(f"distilled {done} of {steps}"))
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


def _chosen(bench: _Bench, way: list[PathStep], report: Report) -> Tried:
    request = bench.request
    fits = request.objective is Objective.FITTED
    if request.ram_bytes is not None:
        return _for_ram(bench, way, request.ram_bytes, report)
    most = DEFAULT_MAX_DROP if request.max_drop is None else request.max_drop
    low, high = 0, len(way) - 1
    while low < high:
        middle = (low + high + 1) // 2
        report(f"step {middle} of {len(way) - 1} fitted again")
        low, high = (middle, high) if bench.look(middle, way).drop <= most else (low, middle - 1)
    if not fits:
        return bench.look(low, way)
    report("the arena after fit")
    return _least_fitted(low, bench, way)


def _least_fitted(last: int, bench: _Bench, way: list[PathStep]) -> Tried:
    """Return the last step, or one of half its error if `fit` makes about the same of it."""
    chosen = bench.look(last, way, fitted=True)
    half = next(position for position, step in enumerate(way) if step.error >= way[last].error / 2)
    if half == last:
        return chosen
    other = bench.look(half, way, fitted=True)
    return other if (other.fitted_bytes or 0) <= (chosen.fitted_bytes or 0) * _ABOUT_EQUAL else chosen


_ABOUT_EQUAL = 1.005


def _for_ram(bench: _Bench, way: list[PathStep], ram_bytes: int, report: Report) -> Tried:
    fits = bench.request.objective is Objective.FITTED
    low, high = 0, len(way) - 1

    def size(position: int) -> int:
        report(f"step {position} of {len(way) - 1} priced")
        if fits:
            return bench.look(position, way, fitted=True).fitted_bytes or 0
        return way[position].sizes.arena_bytes

    if size(high) > ram_bytes:
        raise BudgetError(
            f"with the fewest channels the arena is {format_size(size(high))} bytes, {format_size(ram_bytes)} are"
            " allowed: `whatif` shows other structures"
        )
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if size(middle) <= ram_bytes else (middle + 1, high)
    found = bench.look(low, way, fitted=fits)
    if bench.request.max_drop is not None and found.drop > bench.request.max_drop:
        raise BudgetError(
            f"within {format_size(ram_bytes)} bytes it loses {found.drop:.2%} on the calibration data,"
            f" {bench.request.max_drop:.2%} are allowed"
        )
    return found
