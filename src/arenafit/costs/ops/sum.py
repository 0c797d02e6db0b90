"""SUM: a walk over indices (micro/kernels/reduce_common.cc of tflite-micro 90b983c2).

Not measured: MEAN over any axes walks alike.
"""

from arenafit.costs.site import Site
from arenafit.costs.work import OpCost, Uncovered, Work, unmeasured


def _work(site: Site) -> Work | Uncovered:
    source, out = site.operand(0), site.outputs[0]
    if site.tag not in ("f32", "i8", "i16") or site.tags[1] != site.tag:
        return unmeasured(site, source, out)
    return Work(f"SUM {site.tag}", {"element": source.elements, "out": out.elements, "call": 1})


COST = OpCost(("SUM",), _work)
