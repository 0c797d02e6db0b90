"""BATCH_TO_SPACE_ND: a memcpy per pixel, or per row where rows are runs; rows that fall outside are passed over.

Mirrors kernels/internal/reference/batch_to_space_nd.h of tflite-micro 90b983c2.
"""

from math import prod
from operator import mul

from arenafit.costs.memcpy import memcpy
from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Values


def _work(site: OpContext) -> KernelWork:
    operand, output = site.operand(0), site.outputs[0]
    pixels = min(operand.elements, output.elements) // operand.shape[-1]
    # Every row of the operand is looked at, whether any of it is copied or not.
    rows = prod(operand.shape[:2])
    copied = pixels * memcpy(operand.shape[-1] * (operand.dtype.bits // 8), site.core)
    terms = {"memcpy": copied, "run": pixels, "node": rows, "rank": 0, "call": 1}
    return KernelWork("BATCH_TO_SPACE_ND", terms)


def _copied_bytes(site: OpContext) -> int:
    return min(site.operand(0).size_bytes, site.outputs[0].size_bytes)


def _overwrites(site: OpContext, crops: Array) -> tuple[int, int] | None:
    rows, output = site.operand(0), site.outputs[0]
    blocks = site.operand(1)
    if blocks.data is None or any(blocks.array()[: len(output.shape) - 2] != 1) or len(rows.shape) != len(output.shape):
        return None
    # From the first element that is copied to the last, in row-major order.
    moved = [0, *(-int(crop) for crop in crops.ravel()[: 2 * len(output.shape) - 4 : 2]), 0]
    first, far = [], []
    for at, extent, size in zip(moved[:-1], rows.shape, output.shape, strict=False):
        first.append(max(0, at))
        far.append(min(at + extent, size) - 1)
    # As many elements go to a place as the operand has channels, however few the output has.
    first.append(0)
    far.append(rows.shape[-1] - 1)
    if any(begin > end for begin, end in zip(first, far, strict=True)):
        return 0, 0
    size_bytes = output.dtype.bits // 8
    strides = [prod(output.shape[axis + 1 :]) * size_bytes for axis in range(len(output.shape))]
    return sum(map(mul, first, strides)), sum(map(mul, far, strides)) + size_bytes


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    """Return the block taken out of the operand; None where not all of the output is written."""
    rows, blocks, crops = values
    shape = site.outputs[0].shape
    space = len(shape) - 2
    if rows is None or blocks is None or crops is None or rows.ndim != len(shape) or rows.shape[-1] != shape[-1]:
        return None
    if any(blocks.ravel()[:space] != 1) or rows.shape[0] != shape[0]:
        return None
    first = [0, *(int(crop) for crop in crops.ravel()[: 2 * space - 1 : 2]), 0]
    if any(at < 0 or at + size > extent for at, size, extent in zip(first, shape, rows.shape, strict=True)):
        return None
    return [rows[tuple(slice(at, at + size) for at, size in zip(first, shape, strict=True))]]


COST = OpCost(("BATCH_TO_SPACE_ND",), _work, copied_bytes=_copied_bytes, evaluate=_evaluate, overwrites=_overwrites)
