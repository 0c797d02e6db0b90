"""SLICE: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/slice.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel("SLICE", KernelMemory(prepare=temps(0, 1, 2), source="slice.cc"))
