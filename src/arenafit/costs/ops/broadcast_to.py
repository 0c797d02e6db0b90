"""BROADCAST_TO: copies runs by memcpy, each axis out of what those behind it have made (broadcast_to.h, 90b983c2)."""

from math import prod

import numpy as np

from arenafit.costs.memcpy import memcpy
from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Values, output_bytes


def _work(site: OpContext) -> KernelWork:
    output = site.outputs[0]
    source = site.operand(0)
    shape = (1,) * (len(output.shape) - len(source.shape)) + source.shape
    axes = [axis for axis, extent in enumerate(output.shape) if extent != shape[axis]]
    if not axes:
        return KernelWork("BROADCAST_TO", {"memcpy": memcpy(output.size_bytes, site.core), "run": 1, "call": 1})
    copied, runs, spread = 0.0, 0, 0
    for axis in axes:
        # The first of the runs along an axis is there already, but for the innermost axis.
        count = prod(shape[:axis]) * (output.shape[axis] - (axis != axes[-1]))
        copied += count * memcpy(prod(output.shape[axis + 1 :]) * output.dtype.bits // 8, site.core)
        runs += count
        spread += prod(shape[:axis])
    nodes = sum(prod(shape[:axis]) for axis in range(axes[-1]))
    return KernelWork("BROADCAST_TO", {"memcpy": copied, "run": runs, "spread": spread, "node": nodes, "call": 1})


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    return None if values[0] is None else [np.broadcast_to(values[0], site.outputs[0].shape)]


COST = OpCost(("BROADCAST_TO",), _work, copied_bytes=output_bytes, evaluate=_evaluate)
