"""DIV: OpDataDiv kept.

Mirrors tensorflow/lite/micro/kernels/div.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import ENUM, INT, array, struct

KERNEL = Kernel(
    "DIV",
    KernelMemory(init=struct(array(INT, 7)), prepare=temps(0, 1), source="div.cc"),
    builtin=struct(ENUM),
    sharing=Sharing(
        "one pass, element i is read before it is written; the reference kernel everywhere", elementwise(0, 1)
    ),
)
