"""EXPAND_DIMS: copies byte by byte (micro/kernels/expand_dims.cc of tflite-micro 90b983c2)."""

from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Values, output_bytes


def _work(site: OpContext) -> KernelWork:
    return KernelWork("EXPAND_DIMS", {"byte": site.outputs[0].size_bytes, "call": 1})


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    return None if values[0] is None else [values[0].reshape(site.outputs[0].shape)]


COST = OpCost(("EXPAND_DIMS",), _work, copied_bytes=output_bytes, evaluate=_evaluate)
