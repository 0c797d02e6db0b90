"""REVERSE_V2: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/reverse.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel("REVERSE_V2", KernelMemory(prepare=temps(0, 1), source="reverse.cc"))
