"""DEPTH_TO_SPACE and SPACE_TO_DEPTH: one element after another, its place found by divisions.

Mirrors kernels/internal/reference/depth_to_space.h and space_to_depth.h of tflite-micro 90b983c2. Both walk the tensor
with the larger image.
"""

from math import prod

from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, output_bytes, unmeasured


def _work(site: OpContext) -> KernelWork | Uncovered:
    source, out = site.operand(0), site.outputs[0]
    if site.tag not in ("i8", "f32"):
        return unmeasured(site, source)
    walked = out if site.op.name == "DEPTH_TO_SPACE" else source
    shape = walked.shape
    terms = {"element": prod(shape), "pixel": prod(shape[:-1]), "row": prod(shape[:-2]), "call": 1}
    return KernelWork(f"{site.op.name} {site.tag}", terms)


COST = OpCost(("DEPTH_TO_SPACE", "SPACE_TO_DEPTH"), _work, copied_bytes=output_bytes)
