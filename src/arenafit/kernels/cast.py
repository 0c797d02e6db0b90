"""CAST: parameters only.

Mirrors tensorflow/lite/micro/kernels/cast.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import ENUM, struct

KERNEL = Kernel(
    "CAST",
    KernelMemory(prepare=temps(0), source="cast.cc"),
    builtin=struct(ENUM, ENUM),
    sharing=Sharing("one pass from the first element to the last; the reference kernel everywhere", elementwise(0)),
)
