"""LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT (micro/kernels/logical.cc, elementwise.cc of tflite-micro 90b983c2).

Not measured: the comparison of as many 32-bit elements stands for them.
"""

from collections.abc import Callable

import numpy as np

from arenafit.costs.ops import _elementwise as elementwise
from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Uncovered, Values

_FUNCTIONS: dict[str, Callable[..., Array]] = {
    "LOGICAL_AND": np.logical_and,
    "LOGICAL_OR": np.logical_or,
    "LOGICAL_NOT": np.logical_not,
}


def _work(site: OpContext) -> KernelWork | Uncovered:
    if len({tensor.shape for tensor in site.inputs if tensor is not None}) > 1:
        return Uncovered(f"{site.op.name} of different shapes was not measured")
    return KernelWork("LOGICAL", elementwise.plain(site))


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    return [_FUNCTIONS[site.op.name](*[value for value in values if value is not None])]


COST = OpCost(tuple(_FUNCTIONS), _work, evaluate=_evaluate)
