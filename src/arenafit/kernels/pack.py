"""PACK: parameters only.

Mirrors tensorflow/lite/micro/kernels/pack.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory
from arenafit.kernels.sharing import Sharing, joined
from arenafit.targets.abi import INT, struct

KERNEL = Kernel(
    "PACK",
    KernelMemory(source="pack.cc"),
    builtin=struct(INT, INT),
    sharing=Sharing("copies each element onto itself", joined),
)
