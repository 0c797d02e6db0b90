"""LOGICAL_OR: no Init, no Prepare.

Mirrors tensorflow/lite/micro/kernels/logical.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._logical import logical

KERNEL = logical("LOGICAL_OR")
