"""FILL: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/fill.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel("FILL", KernelMemory(prepare=temps(0, 1), source="fill.cc"))
