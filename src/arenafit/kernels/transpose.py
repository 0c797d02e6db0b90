"""TRANSPOSE: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/transpose_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel("TRANSPOSE", KernelMemory(prepare=temps(0, 1), source="transpose_common.cc"))
