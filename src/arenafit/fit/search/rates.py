"""Rates at which time is weighed against memory while segments are selected."""

from collections.abc import Iterator

from arenafit.costs import estimate as estimate_cost
from arenafit.fit.search.candidates import CostModel, core, weigh
from arenafit.fit.settings import Settings
from arenafit.ir import Model
from arenafit.rewrites.protocol import Validity
from arenafit.targets.target import Abi

# What all instructions of a model are worth, as shares of its peak: memory alone first, then time weighed in.
_RATES = (0.0, 0.05, 0.4)
_LIMITED_RATES = (1.5, 6.0)
# What a tensor and an operator of a loop take of the tail, 64-bit: of views some are one after all.
_CARRIED_TAIL_BYTES, _VIEWED_TAIL_BYTES = (24, 80), (18, 56)
_NARROW = 0.55


def weights(model: Model, peak_bytes: int, settings: Settings) -> Iterator[CostModel]:
    """Yield what weighs the options of `model`, of which `peak_bytes` live at most, for each rate."""
    costs = dict(estimate_cost(model, core(settings)).per_op)
    total = max(1, sum(costs.values()))
    tensor_bytes, node_bytes = _VIEWED_TAIL_BYTES if settings.validity is Validity.TFLM else _CARRIED_TAIL_BYTES
    share = _NARROW if settings.target.abi is not Abi.LP64 else 1.0
    for rate in (*_RATES, *_LIMITED_RATES) if settings.time_counts else _RATES:
        yield weigh(costs, rate * peak_bytes / total, tensor_bytes * share, node_bytes * share)
