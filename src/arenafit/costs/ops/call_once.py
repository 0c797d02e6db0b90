"""CALL_ONCE: runs its graph in the first Invoke only; later ones, which are priced here, test a flag and go on.

Mirrors micro/kernels/call_once.cc of tflite-micro 90b983c2. Its own cost was not measured apart: the dispatch of an
operator that does nothing stands for it.
"""

from arenafit.costs.site import OpContext
from arenafit.costs.work import GraphRuns, KernelWork, OpCost, Walk
from arenafit.ir import Graph, Op


def _work(_: OpContext) -> KernelWork:
    return KernelWork("CALL_ONCE", {"call": 1})


def _follow(_: Walk, __: Graph, ___: Op) -> GraphRuns:
    """Nothing runs."""
    yield from ()


COST = OpCost(("CALL_ONCE",), _work, follow=_follow)
