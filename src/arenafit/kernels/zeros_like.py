"""ZEROS_LIKE: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/zeros_like.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel("ZEROS_LIKE", KernelMemory(prepare=temps(0), source="zeros_like.cc"))
