"""STRIDED_SLICE: one memcpy per run of the last axis when its stride is 1, else element by element.

Mirrors kernels/internal/reference/strided_slice.h of tflite-micro 90b983c2.
"""

from math import prod

from arenafit.costs.memcpy import memcpy
from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Values, output_bytes


def _work(site: OpContext) -> KernelWork:
    out = site.outputs[0]
    # A shrunk last axis leaves runs of one element.
    strides = site.constant_ints(3) or (1,)
    shrunk = site.option("shrink_axis_mask", 0) >> (len(strides) - 1) & 1
    length = 1 if shrunk or not out.shape else out.shape[-1]
    runs = out.elements // length if length else 0
    rows = prod(out.shape[:-2])
    size_bytes = length * out.dtype.bits // 8
    terms = {"memcpy": runs * memcpy(size_bytes, site.core), "run": runs, "row": rows, "call": 1}
    return KernelWork("STRIDED_SLICE", terms)


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    source, begin, end, strides = values
    if source is None or begin is None or end is None or strides is None:
        return None
    if site.option("ellipsis_mask", 0) or site.option("new_axis_mask", 0) or site.option("offset", False):
        return None
    bounds = zip(begin.ravel(), end.ravel(), strides.ravel(), strict=True)
    cuts = [_cut(site, axis, [int(value) for value in bound]) for axis, bound in enumerate(bounds)]
    return [source[tuple(cuts)].reshape(site.outputs[0].shape)]


def _cut(site: OpContext, axis: int, bound: list[int]) -> slice:
    first, last, step = bound
    if site.option("shrink_axis_mask", 0) >> axis & 1:
        return slice(first, first + 1 or None)
    masked = site.option("begin_mask", 0) >> axis & 1, site.option("end_mask", 0) >> axis & 1
    return slice(None if masked[0] else first, None if masked[1] else last, step)


COST = OpCost(("STRIDED_SLICE",), _work, copied_bytes=output_bytes, evaluate=_evaluate)
