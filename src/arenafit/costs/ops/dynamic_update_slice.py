"""DYNAMIC_UPDATE_SLICE: copies the operand unless the output lies on it, then the update, a memcpy per inner run.

Mirrors micro/kernels/dynamic_update_slice.cc of tflite-micro 90b983c2.
"""

from itertools import accumulate
from math import prod
from operator import mul

from arenafit.costs.memcpy import memcpy
from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Values


def _work(site: OpContext) -> KernelWork:
    operand, update = site.operand(0), site.operand(1)
    size_bytes = update.dtype.bits // 8
    rank = len(operand.shape)
    if update.shape == operand.shape:
        terms = {"memcpy": memcpy(update.size_bytes, site.core), "run": 1, "node": 0, "rank": rank, "call": 1}
        return KernelWork("DYNAMIC_UPDATE_SLICE", terms)
    runs = prod(update.shape[:-1])
    copied = runs * memcpy(size_bytes * (update.shape[-1] if update.shape else 1), site.core)
    if not _in_place(site):
        copied += memcpy(operand.size_bytes, site.core)
    nodes = sum(accumulate(update.shape[:-2], mul))
    terms = {"memcpy": copied, "run": runs, "node": nodes, "rank": rank, "call": 1}
    return KernelWork("DYNAMIC_UPDATE_SLICE", terms)


def _in_place(site: OpContext) -> bool:
    return site.shares_memory(site.operand(0).id, site.outputs[0].id)


def _copied_bytes(site: OpContext) -> int:
    whole = 0 if _in_place(site) else site.operand(0).size_bytes
    return whole + site.operand(1).size_bytes


def _evaluate(_: OpContext, values: Values) -> list[Array] | None:
    operand, update, begin = values[0], values[1], values[2]
    if operand is None or update is None or begin is None:
        return None
    limits = [size - length for size, length in zip(operand.shape, update.shape, strict=True)]
    corners = [min(max(int(at), 0), limit) for at, limit in zip(begin.ravel(), limits, strict=True)]
    result = operand.copy()
    result[tuple(slice(at, at + length) for at, length in zip(corners, update.shape, strict=True))] = update
    return [result]


def _overwrites(site: OpContext, begin: Array) -> tuple[int, int] | None:
    operand, update = site.operand(0), site.operand(1)
    if not _in_place(site) or not operand.shape:
        return None
    # From the first element of the update to its last, in row-major order.
    limits = [size - length for size, length in zip(operand.shape, update.shape, strict=True)]
    corner = [min(max(int(at), 0), limit) for at, limit in zip(begin.ravel(), limits, strict=True)]
    far = [at + length - 1 for at, length in zip(corner, update.shape, strict=True)]
    strides = [prod(operand.shape[axis + 1 :]) * operand.dtype.bits // 8 for axis in range(len(corner))]
    first, last = (sum(map(mul, place, strides)) for place in (corner, far))
    return first, last + operand.dtype.bits // 8


COST = OpCost(("DYNAMIC_UPDATE_SLICE",), _work, copied_bytes=_copied_bytes, evaluate=_evaluate, overwrites=_overwrites)
