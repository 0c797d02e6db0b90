"""WHILE: the two graph indices kept; no tensor looked at.

Mirrors tensorflow/lite/micro/kernels/while.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory
from arenafit.targets.abi import INT, struct

KERNEL = Kernel("WHILE", KernelMemory(init=struct(INT, INT), source="while.cc"), builtin=struct(INT, INT))
