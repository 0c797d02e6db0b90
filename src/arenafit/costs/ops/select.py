"""SELECT_V2: a plain loop, or the broadcasting one where a value stands for all (micro/kernels/select.cc, 90b983c2)."""

from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured
from arenafit.ir import DType

_TAGS = {DType.INT8: "i8", DType.INT16: "i16", DType.FLOAT32: "f32"}


def _work(site: OpContext) -> KernelWork | Uncovered:
    out = site.outputs[0]
    shapes = [site.operand(index).shape for index in range(3)]
    if out.dtype not in _TAGS or len(shapes[0]) > 5:
        return unmeasured(site, out)
    if all(shape == shapes[0] for shape in shapes):
        return KernelWork(f"SELECT_V2 {_TAGS[out.dtype]}", {"element": out.elements, "call": 1})
    others = [operand for operand in (site.operand(index) for index in range(3)) if operand.shape != out.shape]
    if any(operand.elements != 1 for operand in others):
        return Uncovered("SELECT_V2 was measured with equal shapes and with single values")
    terms = {"element": out.elements, "rank": len(out.shape), "call": 1}
    return KernelWork("SELECT_V2 broadcast", terms)


COST = OpCost(("SELECT_V2",), _work)
