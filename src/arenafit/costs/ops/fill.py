"""FILL: element by element (micro/kernels/fill.cc of tflite-micro 90b983c2)."""

import numpy as np

from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Uncovered, Values, output_bytes, unmeasured

_PATHS = {"i8": "FILL i8", "i32": "FILL 32-bit", "f32": "FILL 32-bit"}


def _work(site: OpContext) -> KernelWork | Uncovered:
    path = _PATHS.get(site.tags[1] or "")
    if path is None:
        return unmeasured(site, *site.outputs)
    return KernelWork(path, {"element": site.outputs[0].elements, "call": 1})


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    return None if values[1] is None else [np.full(site.outputs[0].shape, values[1].ravel()[0])]


COST = OpCost(("FILL",), _work, copied_bytes=output_bytes, evaluate=_evaluate)
