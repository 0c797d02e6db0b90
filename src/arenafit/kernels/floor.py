"""FLOOR: no Init, no Prepare.

Mirrors tensorflow/lite/micro/kernels/floor.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory

KERNEL = Kernel("FLOOR", KernelMemory(source="floor.cc"))
