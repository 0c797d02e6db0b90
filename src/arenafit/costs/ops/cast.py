"""CAST: element by element, dearer to and from floats (micro/kernels/cast.cc of tflite-micro 90b983c2)."""

from arenafit.costs.ops import _elementwise as elementwise
from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Values


def _work(site: OpContext) -> KernelWork:
    return KernelWork("CAST f32" if "f32" in site.tags else "CAST", elementwise.plain(site))


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    return None if values[0] is None else [values[0].astype(site.outputs[0].dtype.numpy)]


COST = OpCost(("CAST",), _work, evaluate=_evaluate)
