"""GATHER: one memcpy per index and outer element (micro/kernels/gather.cc of tflite-micro 90b983c2)."""

from math import prod

import numpy as np

from arenafit.costs.memcpy import memcpy
from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Uncovered, Values, output_bytes, unmeasured


def _work(site: OpContext) -> KernelWork | Uncovered:
    source, indices = site.operand(0), site.operand(1)
    if site.tag not in ("i8", "f32"):
        return unmeasured(site, source)
    axis = site.option("axis", 0) % len(source.shape)
    runs = prod(source.shape[:axis]) * indices.elements
    size_bytes = prod(source.shape[axis + 1 :]) * source.dtype.bits // 8
    return KernelWork("GATHER", {"memcpy": runs * memcpy(size_bytes, site.core), "run": runs, "call": 1})


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    source, indices = values[0], values[1]
    if source is None or indices is None or site.option("batch_dims", 0):
        return None
    axis = site.option("axis", 0) % source.ndim
    inside = bool(((indices >= 0) & (indices < source.shape[axis])).all())
    return [np.take(source, indices, axis=axis)] if inside else None


COST = OpCost(("GATHER",), _work, copied_bytes=output_bytes, evaluate=_evaluate)
