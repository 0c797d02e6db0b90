"""Rates at which time is weighed against memory while segments are selected."""

from collections.abc import Iterator

from arenafit.costs import estimate as estimate_cost
from arenafit.fit.search.candidates import core
from arenafit.fit.search.option_costs import CostModel, weigh
from arenafit.fit.settings import Settings
from arenafit.ir import Model
from arenafit.rewrites.protocol import Validity
from arenafit.targets.abi import NODE_AND_REGISTRATION, TFLITE_EVAL_TENSOR
from arenafit.targets.target import Abi

# What all instructions of a model are worth, as shares of its peak: memory alone first, then time weighed in.
_RATES = (0.0, 0.05, 0.4)
_LIMITED_RATES = (1.5, 6.0)
# What a tensor and an operator of a loop take of the tail, 64-bit; an operator has parsed options besides.
_OPTIONS_BYTES = 16
TENSOR_TAIL_BYTES = TFLITE_EVAL_TENSOR.size_bytes(Abi.LP64)
NODE_TAIL_BYTES = NODE_AND_REGISTRATION.size_bytes(Abi.LP64) + _OPTIONS_BYTES
# Of views some tensors and operators fall together when the model is written: so much stays, as measured.
_TENSORS_LEFT, _NODES_LEFT = 0.75, 0.7
# 32-bit structures are half as large, options are not: in between, as measured.
_NARROW = 0.55


def weights(model: Model, peak_bytes: int, settings: Settings) -> Iterator[CostModel]:
    """Yield what weighs the options of `model`, of which `peak_bytes` live at most, for each rate."""
    costs = dict(estimate_cost(model, core(settings)).per_op)
    total = max(1, sum(costs.values()))
    tensors_left, nodes_left = (_TENSORS_LEFT, _NODES_LEFT) if settings.validity is Validity.TFLM else (1.0, 1.0)
    share = _NARROW if settings.target.abi is not Abi.LP64 else 1.0
    for rate in (*_RATES, *_LIMITED_RATES) if settings.time_counts else _RATES:
        yield weigh(
            costs,
            rate * peak_bytes / total,
            TENSOR_TAIL_BYTES * tensors_left * share,
            NODE_TAIL_BYTES * nodes_left * share,
        )
