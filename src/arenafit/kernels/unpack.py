"""UNPACK: parameters only.

Mirrors tensorflow/lite/micro/kernels/unpack.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory
from arenafit.targets.abi import INT, struct

KERNEL = Kernel("UNPACK", KernelMemory(source="unpack.cc"), builtin=struct(INT, INT))
