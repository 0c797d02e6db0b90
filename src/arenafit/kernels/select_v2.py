"""SELECT_V2: OpData kept.

Mirrors tensorflow/lite/micro/kernels/select.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import BOOL, struct

KERNEL = Kernel(
    "SELECT_V2",
    KernelMemory(init=struct(BOOL), prepare=temps(0, 1, 2), source="select.cc"),
    sharing=Sharing("one pass; rows chosen whole are copied from their own place", elementwise(0, 1, 2)),
)
