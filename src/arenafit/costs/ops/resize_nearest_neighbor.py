"""RESIZE_NEAREST_NEIGHBOR: the source of every output pixel found in floating point, then one memcpy.

Mirrors kernels/internal/reference/resize_nearest_neighbor.h of tflite-micro 90b983c2.
"""

from math import prod

from arenafit.costs.ops._positions import position_terms
from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, output_bytes, unmeasured


def _work(site: OpContext) -> KernelWork | Uncovered:
    out = site.outputs[0]
    if site.tag not in ("i8", "i16", "f32"):
        return unmeasured(site, site.operand(0))
    pixels, size = prod(out.shape[:-1]), out.shape[-1] * out.dtype.bits // 8
    odd = size % 4 > 0
    terms = {
        "x64": pixels * (size // 64),
        "x16": pixels * (size % 64 // 16),
        "x4": pixels * (size % 16 // 4),
        "short_byte": pixels * size * (odd and size < 4),
        "short": pixels * (odd and 4 <= size < 8),
        "misaligned": pixels * (odd and size >= 8),
        "pixel": pixels,
        "row": prod(out.shape[:-2]),
        "call": 1,
        **position_terms(site),
    }
    return KernelWork(f"RESIZE_NEAREST_NEIGHBOR {site.tag}", terms)


COST = OpCost(("RESIZE_NEAREST_NEIGHBOR",), _work, copied_bytes=output_bytes)
