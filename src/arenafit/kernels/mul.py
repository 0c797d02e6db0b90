"""MUL: OpDataMul kept; the CMSIS-NN kernel keeps the same.

Mirrors tensorflow/lite/micro/kernels/mul_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import ENUM, FLOAT, INT, array, struct

KERNEL = Kernel(
    "MUL",
    KernelMemory(init=struct(array(INT, 7), FLOAT, FLOAT), prepare=temps(0, 1), source="mul_common.cc"),
    builtin=struct(ENUM),
    sharing=Sharing("one pass, each block read before it is written: reference, CMSIS-NN, ESP-NN", elementwise(0, 1)),
)
