"""SOFTMAX over the last axis: TFLM's reference loops, or arm_softmax_s8 (CMSIS-NN 4ab83cc3)."""

from collections.abc import Sequence

from arenafit.costs.ops import _elementwise as elementwise
from arenafit.costs.site import OpContext
from arenafit.costs.traffic import Traffic, scaled
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured


def _work(site: OpContext) -> KernelWork | Uncovered:
    if site.tags == ("i8", "i16"):
        return KernelWork("SOFTMAX i8->i16", elementwise.rows(site))
    if site.tag not in ("i8", "i16", "f32") or site.tags[1] != site.tag:
        return unmeasured(site, site.operand(0), *site.outputs)
    return KernelWork(f"SOFTMAX {site.tag}", elementwise.rows(site))


def _traffic(site: OpContext, scratches: Sequence[int]) -> Traffic:
    """Every row is read for its maximum, for its sum, and for the result."""
    return scaled(site, scratches, {0: 3 * site.operand(0).size_bytes})


COST = OpCost(("SOFTMAX",), _work, traffic=_traffic)
