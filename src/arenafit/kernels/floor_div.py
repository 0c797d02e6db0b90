"""FLOOR_DIV: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/floor_div.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel("FLOOR_DIV", KernelMemory(prepare=temps(0, 1), source="floor_div.cc"))
