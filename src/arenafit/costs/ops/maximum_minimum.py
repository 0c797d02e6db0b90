"""MAXIMUM and MINIMUM: TFLM's reference loops, or CMSIS-NN's int8 ones (arm_maximum_s8, arm_minimum_s8).

Mirrors kernels/internal/reference/maximum_minimum.h and micro/kernels/cmsis_nn/maximum_minimum.cc of tflite-micro
90b983c2. CMSIS-NN runs its vector loop over the longest run of trailing axes it can.
"""

from collections.abc import Callable
from math import prod

import numpy as np

from arenafit.costs.ops import _elementwise as elementwise
from arenafit.costs.site import OpContext
from arenafit.costs.work import Array, KernelWork, OpCost, Uncovered, Values, unmeasured


def _vectors(site: OpContext) -> dict[str, float]:
    axis, runs, scalar = _runs(site.operand(0).shape, site.operand(1).shape)
    length = site.outputs[0].elements // runs
    unit, count = ("vector", runs * -(-length // 16)) if site.core.has_mve else ("element", runs * length)
    by_pixel = axis == 3 and runs > 1
    return {
        f"scalar_{unit}" if scalar else unit: count,
        "pixel": runs if by_pixel else 0,
        "run": site.outputs[0].elements // prod(site.outputs[0].shape[-2:]) if by_pixel else runs,
        "nested": 1 if runs > 1 else 0,  # loops over axes, behind the checks which of them agree
        "call": 1,
    }


def _runs(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, int, bool]:
    """Return the axis of four from which runs extend, their number, and whether they hold one operand still.

    It covers trailing axes that agree, or that are all one in one operand.
    """
    rank = max(len(first), len(second))
    one, two = ((1,) * (rank - len(shape)) + shape for shape in (first, second))
    for axis in range(rank):
        runs = prod(max(pair) for pair in zip(one[:axis], two[:axis], strict=True))
        if one[axis:] == two[axis:]:
            return 4 - rank + axis, runs, False
        if 1 in (prod(one[axis:]), prod(two[axis:])):
            return 4 - rank + axis, runs, True
    return 0, 1, False


def _reference(site: OpContext, *, same: bool) -> dict[str, float]:
    return elementwise.plain(site) if same else elementwise.broadcast(site)


def _work(site: OpContext) -> KernelWork | Uncovered:
    first, second, tag = site.operand(0), site.operand(1), site.tag
    same = first.shape == second.shape
    if tag in ("i16", "i32", "f32"):
        return KernelWork(f"MAXIMUM {tag}{'' if same else ' broadcast'}", _reference(site, same=same))
    if tag != "i8":
        return unmeasured(site, first, second)
    if site.core.has_cmsis_nn:
        path = "MAXIMUM i8" if elementwise.same_extended_shape(first, second) else "MAXIMUM i8 broadcast"
        return KernelWork(path, _vectors(site))
    return (
        KernelWork("MAXIMUM i8", elementwise.plain(site))
        if same
        else KernelWork("MAXIMUM i8 broadcast", elementwise.broadcast(site))
    )


_FUNCTIONS: dict[str, Callable[[Array, Array], Array]] = {"MAXIMUM": np.maximum, "MINIMUM": np.minimum}


def _evaluate(site: OpContext, values: Values) -> list[Array] | None:
    first, second = values
    if first is None or second is None or first.dtype.kind != "i":
        return None
    return [_FUNCTIONS[site.op.name](first, second)]


COST = OpCost(tuple(_FUNCTIONS), _work, evaluate=_evaluate)
