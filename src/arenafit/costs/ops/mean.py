"""MEAN: float over height and width has a loop of its own, all else a walk over indices.

Mirrors micro/kernels/reduce_common.cc of tflite-micro 90b983c2; measured for four dimensions.
"""

from arenafit.costs.site import Site
from arenafit.costs.work import OpCost, Uncovered, Work, unmeasured


def _work(site: Site) -> Work | Uncovered:
    source, out = site.operand(0), site.outputs[0]
    axes = site.constant_ints(1)
    if site.tag not in ("i8", "i16", "f32") or site.tags[1] != site.tag:
        return unmeasured(site, source, out)
    if axes is None or len(source.shape) != 4 or len(axes) != 2:
        return Uncovered("MEAN was measured over two axes of four dimensions only")
    terms = {"element": source.elements, "out": out.elements, "call": 1}
    over_image = sorted(axis % 4 for axis in axes) == [1, 2]
    if site.tag == "f32" and not (over_image and site.option("keep_dims", False)):
        return Work("MEAN f32 any axes", terms)
    if site.tag == "f32":
        return Work("MEAN f32", {**terms, "row": out.elements * source.shape[1]})
    return Work(f"MEAN {site.tag}", terms)


COST = OpCost(("MEAN",), _work)
