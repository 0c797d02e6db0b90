"""IF: the two graph indices kept.

Mirrors tensorflow/lite/micro/kernels/if.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.targets.abi import INT, struct

KERNEL = Kernel(
    "IF",
    KernelMemory(init=struct(INT, INT), prepare=temps(0, outputs=()), source="if.cc"),
    builtin=struct(INT, INT),
    conditions=(typed("bool"),),
)
