"""CONCATENATION: one memcpy per input and outer element (kernels/internal/reference/concatenation.h, 90b983c2)."""

from math import prod

import numpy as np

from arenafit.costs.memcpy import memcpy
from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Values, output_bytes


def _work(site: OpContext) -> KernelWork:
    inputs = [tensor for tensor in site.inputs if tensor is not None]
    out = site.outputs[0]
    axis = site.option("axis", 0) % len(out.shape)
    rows = prod(out.shape[:axis])
    size_bytes = [prod(tensor.shape[axis:]) * tensor.dtype.bits // 8 for tensor in inputs]
    terms = {
        "memcpy": rows * sum(memcpy(size, site.core) for size in size_bytes),
        "run": rows * len(inputs),
        "input": len(inputs),
        "rank": sum(len(tensor.shape) for tensor in inputs),
        "call": 1,
    }
    return KernelWork("CONCATENATION", terms)


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    return [np.concatenate([value for value in values if value is not None], axis=site.option("axis", 0))]


COST = OpCost(("CONCATENATION",), _work, copied_bytes=output_bytes, evaluate=_evaluate)
