"""SPLIT_V: parameters only.

Mirrors tensorflow/lite/micro/kernels/split_v.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.targets.abi import INT, struct

KERNEL = Kernel("SPLIT_V", KernelMemory(prepare=temps(2, outputs=()), source="split_v.cc"), builtin=struct(INT))
