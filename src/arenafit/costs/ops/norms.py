"""L2_NORMALIZATION and LOG_SOFTMAX: two and three passes over the last axis, for every row.

Mirrors kernels/internal/reference/l2normalization.h and log_softmax.h (int8: integer_ops/) of tflite-micro 90b983c2.
"""

from arenafit.costs.ops import _elementwise as elementwise
from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured


def _work(site: OpContext) -> KernelWork | Uncovered:
    if site.tag not in ("i8", "f32") or site.tags[1] != site.tag:
        return unmeasured(site, site.operand(0), *site.outputs)
    return KernelWork(f"{site.op.name} {site.tag}", elementwise.rows(site))


COST = OpCost(("L2_NORMALIZATION", "LOG_SOFTMAX"), _work)
