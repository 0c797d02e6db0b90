"""How many channels go, and where: greedily, by true bytes saved for each bit of error added, priced exactly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from arenafit.costs import Core, core_of, estimate
from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, OpId
from arenafit.prune.order import Order
from arenafit.structure.channels import Channels, without
from arenafit.structure.pricing import content_bytes
from arenafit.structure.width import LANES
from arenafit.targets.target import Abi, Target
from arenafit.tflm.footprints import footprint

# An error this small is noise; without a floor the first channels would cost nothing.
_LEAST_ERROR = 1e-6
# What a byte of flash counts beside one of arena where the arena is the objective: it breaks ties.
_FLASH_WEIGHT = 0.05
_STEPS_OF_A_LAYER = 16


class Objective(StrEnum):
    """What shall get smaller. FITTED: the arena after `fit`, tried on the models that come into question."""

    FITTED = "fitted"
    STOCK = "stock"
    FLASH = "flash"
    INSTRUCTIONS = "instructions"


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a model takes, predicted."""

    arena_bytes: int
    flash_bytes: int
    instructions: int


@dataclass(frozen=True, slots=True)
class PathStep:
    """A point on the way: channels removed from each layer, the error that forecasts, and what the model takes."""

    removed: Mapping[OpId, int]
    layer: OpId | None  # whose channels went last
    error: float
    sizes: Sizes


@dataclass(frozen=True)
class Pricing:
    """How steps are priced."""

    target: Target
    objective: Objective

    def sizes(self, model: Model) -> Sizes:
        """Return what `model` takes on the target."""
        core = Core.M4_CMSIS_NN if self.target.abi is Abi.LP64 else core_of(self.target)
        cost = estimate(model, core)
        return Sizes(footprint(model, self.target).min_arena_bytes, content_bytes(model), cost.total_instructions)

    def value(self, sizes: Sizes) -> float:
        """Return what shall get smaller."""
        if self.objective is Objective.FLASH:
            return float(sizes.flash_bytes)
        if self.objective is Objective.INSTRUCTIONS:
            return float(sizes.instructions)
        return sizes.arena_bytes + _FLASH_WEIGHT * sizes.flash_bytes


def labels_of(orders: Mapping[OpId, Order], removed: Mapping[OpId, int]) -> frozenset[int]:
    """Return the labels that `removed` channels of each layer are."""
    return frozenset(label for op, count in removed.items() for label in orders[op].labels[:count])


def path(
    found: Channels,
    orders: Mapping[OpId, Order],
    pricing: Pricing,
    most_error: float,
    report: Callable[[int], None] = lambda _: None,
) -> list[PathStep]:
    """Return the way from all channels to as few as `most_error` of each layer allows, best steps first.

    Args:
        found: the channels of the original.
        orders: which channels of each layer go first, and what they cost.
        pricing: for which target, and what counts.
        most_error: the greatest error of any layer.
        report: called with the number of steps.
    """
    removed = dict.fromkeys(orders, 0)
    steps = [PathStep(dict(removed), None, 0.0, pricing.sizes(found.model))]
    ratios: dict[OpId, float] = dict.fromkeys(orders, float("inf"))
    while ratios:
        value = pricing.value(steps[-1].sizes)
        best = max(ratios, key=lambda op: (ratios[op], -int(op)))
        count = _next(orders[best], removed[best], most_error)
        tried = {**removed, best: count} if count is not None else None
        sizes = None if tried is None else _sizes(found, orders, tried, pricing)
        if count is None or sizes is None or tried is None:
            del ratios[best]
            continue
        errors = orders[best].errors
        added = max(_LEAST_ERROR, errors[count] - errors[removed[best]])
        ratios[best] = (value - pricing.value(sizes)) / added
        # A step that helps others less than it did may have been passed by another: then that one's turn is first.
        if ratios[best] < max((ratio for op, ratio in ratios.items() if op != best), default=float("-inf")):
            continue
        if ratios[best] <= 0.0:
            del ratios[best]
            continue
        removed = tried
        total = sum(orders[op].errors[number] for op, number in removed.items())
        steps.append(PathStep(dict(removed), best, total, sizes))
        report(len(steps))
    return steps


def _next(order: Order, removed: int, most_error: float) -> int | None:
    """Return the next number of removed channels: whole lanes are left where there are enough, within the error."""
    whole = len(order.labels)
    left = whole - removed
    step = max(1, whole // _STEPS_OF_A_LAYER)
    wanted = left - step
    if wanted >= LANES:
        wanted = min(wanted // LANES * LANES, left - 1)
    if wanted < 1 or order.errors[whole - wanted] > most_error:
        return None
    return whole - wanted


def _sizes(
    found: Channels, orders: Mapping[OpId, Order], removed: Mapping[OpId, int], pricing: Pricing
) -> Sizes | None:
    try:
        return pricing.sizes(without(found, labels_of(orders, removed)))
    except UnsupportedModelError:
        return None
