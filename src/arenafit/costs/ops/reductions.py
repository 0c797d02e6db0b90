"""MEAN, SUM, REDUCE_MAX and REDUCE_MIN: a walk over indices; float MEAN over height and width has a loop of its own.

Mirrors micro/kernels/reduce_common.cc and kernels/internal/reference/reduce.h of tflite-micro 90b983c2: for every
element the index is turned into two offsets, axis by axis, and the axes to reduce are searched for each.
"""

from math import prod

from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, unmeasured

_MEASURED = {
    "MEAN": ("MEAN", ("i8", "i16", "f32")),
    "SUM": ("SUM", ("i8", "i16", "f32")),
    "REDUCE_MAX": ("REDUCE_MAX", ("i8", "f32")),
    "REDUCE_MIN": ("REDUCE_MAX", ("i8", "f32")),
}


def _walk(site: OpContext, axes: list[int]) -> dict[str, float]:
    shape, outputs = site.operand(0).shape, site.outputs[0].elements
    rank, elements = len(shape), prod(shape)
    searched = sum(axes.index(axis) + 1 if axis in axes else len(axes) for axis in range(rank))
    return {
        "element": elements,
        "axis": elements * rank,
        "search": elements * searched,
        "kept_axis": elements * (rank - len(axes)),
        "carry": sum(prod(shape[:axis]) for axis in range(1, rank)),
        "out": outputs,
        "call": 1,
    }


def _work(site: OpContext) -> KernelWork | Uncovered:
    source, out, given = site.operand(0), site.outputs[0], site.constant_ints(1)
    path, measured = _MEASURED[site.op.name]
    if site.tag not in measured or site.tags[1] != site.tag:
        return unmeasured(site, source, out)
    if given is None:
        return Uncovered("the axes are no constant")
    axes = list(dict.fromkeys(axis % len(source.shape) for axis in given))
    over_image = len(source.shape) == 4 and sorted(given) == [1, 2]
    if site.op.name == "MEAN" and site.tag == "f32" and over_image and site.option("keep_dims", False):
        terms = {"element": source.elements, "out": out.elements, "row": out.elements * source.shape[1], "call": 1}
        return KernelWork("MEAN f32 over the image", terms)
    return KernelWork(f"{path} {site.tag}", _walk(site, axes))


COST = OpCost(tuple(_MEASURED), _work)
