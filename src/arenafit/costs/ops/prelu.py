"""PRELU of floats: four loops that compute both indices for every element (micro/kernels/prelu_common.cc, 90b983c2)."""

from arenafit.costs.ops import _elementwise as elementwise
from arenafit.costs.site import Site
from arenafit.costs.work import OpCost, Uncovered, Work, unmeasured


def _work(site: Site) -> Work | Uncovered:
    if site.tag != "f32":
        return unmeasured(site, site.operand(0), site.operand(1))
    return Work("PRELU f32", elementwise.plain(site))


COST = OpCost(("PRELU",), _work)
