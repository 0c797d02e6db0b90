"""SLICE: TFLM copies element by element (kernels/internal/reference/slice.h of tflite-micro 90b983c2)."""

from math import prod

from arenafit.costs.site import Site
from arenafit.costs.work import Array, OpCost, Values, Work, output_bytes


def _work(site: Site) -> Work:
    shape = site.outputs[0].shape
    terms = {"element": prod(shape), "run": prod(shape[:-1]), "row": prod(shape[:-2]), "call": 1}
    return Work("SLICE", terms)


def _evaluate(site: Site, values: Values) -> list[Array] | None:
    source, begin = values[0], values[1]
    if source is None or begin is None:
        return None
    shape = site.outputs[0].shape
    corners = [int(first) for first in begin.ravel()]
    if any(not 0 <= at <= size - length for at, size, length in zip(corners, source.shape, shape, strict=True)):
        return None  # TFLM would read beyond the tensor
    return [source[tuple(slice(at, at + length) for at, length in zip(corners, shape, strict=True))]]


COST = OpCost(("SLICE",), _work, copied_bytes=output_bytes, evaluate=_evaluate)
