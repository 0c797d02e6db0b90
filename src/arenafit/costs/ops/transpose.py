"""TRANSPOSE: TFLM recurses over the axes (kernels/internal/reference/transpose.h), CMSIS-NN (int8) loops over them.

Mirrors tflite-micro 90b983c2 with CMSIS-NN 4ab83cc3. Reference kernels join axes that stay together and drop ones.
"""

from math import prod

from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, output_bytes, unmeasured


def _recursion(site: OpContext) -> dict[str, float]:
    shape = site.outputs[0].shape
    return {"element": prod(shape), "run": prod(shape[:-1]), "node": prod(shape[:-2]), "call": 1}


def _work(site: OpContext) -> KernelWork | Uncovered:
    source = site.operand(0)
    if site.tag == "f32" or (site.tag == "i8" and not site.core.has_cmsis_nn):
        return KernelWork("TRANSPOSE reference", _recursion(site))
    perm = site.constant_ints(1)
    if site.tag != "i8" or perm is None or len(perm) not in (2, 4):
        return unmeasured(site, source)
    shape = source.shape
    if len(perm) == 2 or (site.core.has_mve and perm[:2] == (0, 1)):
        length = -(-shape[-2] // 8) if site.core.has_mve else shape[-1]
        runs = prod(shape[:-2]) * (shape[-1] if site.core.has_mve else shape[-2])
        return KernelWork("TRANSPOSE i8 matrix", {"element": runs * length, "run": runs, "call": 1})
    terms = {"element": prod(shape), "run": prod(shape[:-1]), "node": prod(shape[:-2]), "call": 1}
    return KernelWork("TRANSPOSE i8", terms)


COST = OpCost(("TRANSPOSE",), _work, copied_bytes=output_bytes)
