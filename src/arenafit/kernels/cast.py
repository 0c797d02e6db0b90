"""CAST: parameters only.

Mirrors tensorflow/lite/micro/kernels/cast.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.targets.abi import ENUM, struct

KERNEL = Kernel("CAST", KernelMemory(prepare=temps(0), source="cast.cc"), builtin=struct(ENUM, ENUM))
