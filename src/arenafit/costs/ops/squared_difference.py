"""SQUARED_DIFFERENCE: TFLM's reference loops (micro/kernels/squared_difference.cc of tflite-micro 90b983c2)."""

from arenafit.costs.ops import _elementwise as elementwise
from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured


def _work(site: OpContext) -> KernelWork | Uncovered:
    first, second, tag = site.operand(0), site.operand(1), site.tag
    if tag not in ("i8", "f32") or site.tags[1] != tag:
        return unmeasured(site, first, second)
    if first.shape == second.shape:
        return KernelWork(f"SQUARED_DIFFERENCE {tag}", elementwise.plain(site))
    return KernelWork(f"SQUARED_DIFFERENCE {tag} broadcast", elementwise.broadcast(site))


COST = OpCost(("SQUARED_DIFFERENCE",), _work)
