"""RESIZE_NEAREST_NEIGHBOR: one memcpy per output pixel.

Mirrors kernels/internal/reference/resize_nearest_neighbor.h of tflite-micro 90b983c2.
"""

from math import prod

from arenafit.costs.memcpy import memcpy
from arenafit.costs.site import Site
from arenafit.costs.work import OpCost, Work, output_bytes


def _work(site: Site) -> Work:
    out = site.outputs[0]
    runs = prod(out.shape[:-1])
    copied = runs * memcpy(out.shape[-1] * out.dtype.bits // 8, site.core)
    return Work("RESIZE_NEAREST_NEIGHBOR", {"memcpy": copied, "run": runs, "call": 1})


COST = OpCost(("RESIZE_NEAREST_NEIGHBOR",), _work, copied_bytes=output_bytes)
