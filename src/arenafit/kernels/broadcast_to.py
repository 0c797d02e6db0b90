"""BROADCAST_TO: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/broadcast_to.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel("BROADCAST_TO", KernelMemory(prepare=temps(0, 1), source="broadcast_to.cc"))
