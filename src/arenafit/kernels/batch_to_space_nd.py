"""BATCH_TO_SPACE_ND: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/batch_to_space_nd.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel("BATCH_TO_SPACE_ND", KernelMemory(prepare=temps(0), source="batch_to_space_nd.cc"))
