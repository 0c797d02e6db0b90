"""PRELU: of floats, four loops that compute both indices for every element; of integers, fused loops.

Mirrors micro/kernels/prelu_common.cc and kernels/internal/reference/prelu.h of tflite-micro 90b983c2.
"""

from math import prod

from arenafit.costs.ops import _elementwise as elementwise
from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured


def _work(site: OpContext) -> KernelWork | Uncovered:
    if site.tag in ("i8", "i16"):
        return KernelWork(f"PRELU {site.tag}", elementwise.broadcast(site))
    if site.tag != "f32":
        return unmeasured(site, site.operand(0), site.operand(1))
    shape = site.outputs[0].shape
    terms = {"element": prod(shape), "pixel": prod(shape[:-1]), "row": prod(shape[:-2]), "call": 1}
    return KernelWork("PRELU f32", terms)


COST = OpCost(("PRELU",), _work)
