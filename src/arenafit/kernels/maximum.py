"""MAXIMUM: no Init, no Prepare.

Mirrors tensorflow/lite/micro/kernels/maximum_minimum.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory

KERNEL = Kernel("MAXIMUM", KernelMemory(source="maximum_minimum.cc"))
