"""Comparisons of two tensors (micro/kernels/comparisons.cc of tflite-micro 90b983c2), measured with LESS."""

from collections.abc import Callable

import numpy as np

from arenafit.costs.ops import _elementwise as elementwise
from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Uncovered, Values, unmeasured

_PATHS = {"i32": "LESS i32", "f32": "LESS f32", "i8": "LESS i8"}


def _work(site: OpContext) -> KernelWork | Uncovered:
    first, second = site.operand(0), site.operand(1)
    path = _PATHS.get(site.tag or "")
    if path is None:
        return unmeasured(site, first, second)
    if first.shape == second.shape:
        return KernelWork(path, elementwise.plain(site))
    if site.tag == "i8":
        return Uncovered("comparisons of int8 tensors of different shapes were not measured")
    return KernelWork(f"{path} broadcast", elementwise.broadcast(site))


_FUNCTIONS: dict[str, Callable[[Array, Array], Array]] = {
    "LESS": np.less,
    "LESS_EQUAL": np.less_equal,
    "GREATER": np.greater,
    "GREATER_EQUAL": np.greater_equal,
    "EQUAL": np.equal,
    "NOT_EQUAL": np.not_equal,
}


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    first, second = values
    if first is None or second is None or first.dtype.kind != "i" or first.itemsize < 4:
        return None  # 8- and 16-bit operands are quantised
    return [_FUNCTIONS[site.op.name](first, second)]


COST = OpCost(tuple(_FUNCTIONS), _work, evaluate=_evaluate)
