"""SPLIT: parameters only.

Mirrors tensorflow/lite/micro/kernels/split.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.targets.abi import INT, struct

KERNEL = Kernel("SPLIT", KernelMemory(prepare=temps(0, outputs=()), source="split.cc"), builtin=struct(INT))
