"""DIV of floats: TFLM's reference loops (micro/kernels/div.cc of tflite-micro 90b983c2).

A division takes cycles that instructions do not show.
"""

from arenafit.costs.ops import _elementwise as elementwise
from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured


def _work(site: OpContext) -> KernelWork | Uncovered:
    first, second = site.operand(0), site.operand(1)
    if site.tags != ("f32", "f32"):
        return unmeasured(site, first, second)
    if elementwise.same_extended_shape(first, second):
        return KernelWork("DIV f32", elementwise.plain(site))
    return KernelWork("DIV f32 broadcast", elementwise.broadcast(site))


COST = OpCost(("DIV",), _work)
