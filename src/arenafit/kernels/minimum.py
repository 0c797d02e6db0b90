"""MINIMUM: no Init, no Prepare.

Mirrors tensorflow/lite/micro/kernels/maximum_minimum.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory
from arenafit.kernels.sharing import Sharing, elementwise

KERNEL = Kernel(
    "MINIMUM",
    KernelMemory(source="maximum_minimum.cc"),
    sharing=Sharing("one pass, each block read before it is written: reference and CMSIS-NN", elementwise(0, 1)),
)
