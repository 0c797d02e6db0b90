"""SHAPE: writes as many integers as the input has dimensions (micro/kernels/shape.cc of tflite-micro 90b983c2).

Not measured: the dispatch of an operator that does nothing stands for it.
"""

from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost


def _work(_: OpContext) -> KernelWork:
    return KernelWork("SHAPE", {"call": 1})


COST = OpCost(("SHAPE",), _work)
