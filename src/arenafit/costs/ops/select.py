"""SELECT_V2: a plain loop, or a nest of loops where shapes differ (micro/kernels/select.cc, 90b983c2).

Where the condition stands still in the innermost loop, that is one copy of what is chosen; it is counted as copied.
"""

from math import prod

from arenafit.costs.memcpy import memcpy
from arenafit.costs.ops._elementwise import fused_loops
from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured
from arenafit.ir import DType

_TAGS = {DType.INT8: "i8", DType.INT16: "i16", DType.FLOAT32: "f32"}


def _work(site: OpContext) -> KernelWork | Uncovered:
    out = site.outputs[0]
    shapes = tuple(site.operand(index).shape for index in range(3))
    if out.dtype not in _TAGS or len(shapes[0]) > 5:
        return unmeasured(site, out)
    if all(shape == shapes[0] for shape in shapes):
        return KernelWork(f"SELECT_V2 {_TAGS[out.dtype]}", {"element": out.elements, "call": 1})
    lengths, strides = fused_loops(shapes, out.shape)
    if len(lengths) == 1 and strides[0]:
        return KernelWork("SELECT_V2 broadcast", {"element": out.elements, "rank": len(out.shape), "call": 1})
    passes = prod(lengths[1:])
    copied = passes * memcpy(lengths[0] * out.dtype.bits // 8, site.core) if not strides[0] else 0
    terms = {
        "element": out.elements if strides[0] else 0,
        "copied": copied,
        "pass": passes,
        "node": sum(prod(lengths[at:]) for at in range(2, len(lengths) + 1)),
        "rank": len(out.shape),
        "call": 1,
    }
    return KernelWork("SELECT_V2 nested", terms)


COST = OpCost(("SELECT_V2",), _work)
