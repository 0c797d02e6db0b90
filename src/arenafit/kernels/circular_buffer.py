"""CIRCULAR_BUFFER, a custom operator: two counters kept.

Mirrors tensorflow/lite/micro/kernels/circular_buffer.cc and circular_buffer_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.targets.abi import INT, struct

KERNEL = Kernel(
    "CIRCULAR_BUFFER",
    KernelMemory(init=struct(INT, INT), prepare=temps(0), source="circular_buffer.cc"),
    custom=True,
)
