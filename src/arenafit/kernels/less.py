"""LESS: ComparisonParams kept.

Mirrors tensorflow/lite/micro/kernels/comparisons.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import BOOL, INT, array, struct

KERNEL = Kernel(
    "LESS",
    KernelMemory(init=struct(array(INT, 7), BOOL), prepare=temps(0, 1, outputs=()), source="comparisons.cc"),
    sharing=Sharing(
        "one pass, element i is read before it is written; the reference kernel everywhere", elementwise(0, 1)
    ),
)
