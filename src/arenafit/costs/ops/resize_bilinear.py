"""RESIZE_BILINEAR: four products per output element, positions computed per row and pixel.

Mirrors kernels/internal/reference/resize_bilinear.h of tflite-micro 90b983c2: int8 interpolates in 64-bit integers.
"""

from math import prod

from arenafit.costs.ops._positions import position_terms
from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured


def _work(site: OpContext) -> KernelWork | Uncovered:
    source, out = site.operand(0), site.outputs[0]
    if site.tag not in ("i8", "f32"):
        return unmeasured(site, source)
    shape = out.shape
    terms: dict[str, float] = {"element": prod(shape), "pixel": prod(shape[:-1]), "row": prod(shape[:-2]), "call": 1}
    if site.tag == "f32":
        terms |= position_terms(site)
    else:
        terms["centered"] = terms["pixel"] * bool(site.option("half_pixel_centers", False))
    return KernelWork(f"RESIZE_BILINEAR {site.tag}", terms)


COST = OpCost(("RESIZE_BILINEAR",), _work)
