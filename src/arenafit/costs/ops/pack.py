"""PACK and UNPACK: element by element (micro/kernels/pack.cc and unpack.cc of tflite-micro 90b983c2)."""

from math import prod

import numpy as np

from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Values, output_bytes


def _work(site: OpContext) -> KernelWork:
    parts = site.inputs if site.op.name == "PACK" else site.outputs
    whole = site.outputs[0] if site.op.name == "PACK" else site.operand(0)
    axis = site.option("axis", 0) % len(whole.shape)
    rows = prod(whole.shape[:axis])
    terms = {"element": whole.elements, "run": rows * len(parts), "tensor": len(parts), "call": 1}
    return KernelWork(site.op.name, terms)


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    axis, known = site.option("axis", 0), [value for value in values if value is not None]
    if site.op.name == "PACK":
        return [np.stack(known, axis=axis)]
    return [np.take(known[0], index, axis=axis) for index in range(len(site.outputs))]


COST = OpCost(("PACK", "UNPACK"), _work, copied_bytes=output_bytes, evaluate=_evaluate)
