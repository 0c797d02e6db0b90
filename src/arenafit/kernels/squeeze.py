"""SQUEEZE: parameters only.

Mirrors tensorflow/lite/micro/kernels/squeeze.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._extents import copied
from arenafit.kernels.conditions import inputs, outputs
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, same_bytes
from arenafit.targets.abi import INT, INT32, array, struct

KERNEL = Kernel(
    "SQUEEZE",
    KernelMemory(prepare=temps(0), source="squeeze.cc"),
    builtin=struct(array(INT32, 8), INT),
    sharing=Sharing("memcpy of the whole onto itself", same_bytes()),
    conditions=(
        inputs(1),
        outputs(1),
        copied(0),
    ),
)
