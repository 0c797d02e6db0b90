"""LOGICAL_NOT: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/elementwise.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel("LOGICAL_NOT", KernelMemory(prepare=temps(0), source="elementwise.cc"))
