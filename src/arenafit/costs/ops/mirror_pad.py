"""MIRROR_PAD: finds the source of every output element axis by axis (micro/kernels/mirror_pad.cc, 90b983c2)."""

from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, output_bytes, unmeasured


def _work(site: OpContext) -> KernelWork | Uncovered:
    source, out = site.operand(0), site.outputs[0]
    if site.tag not in ("i8", "f32") or len(source.shape) != 4:
        return unmeasured(site, source)
    return KernelWork("MIRROR_PAD", {"element": out.elements, "call": 1})


COST = OpCost(("MIRROR_PAD",), _work, copied_bytes=output_bytes)
