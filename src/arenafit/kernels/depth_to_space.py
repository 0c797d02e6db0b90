"""DEPTH_TO_SPACE: the output's dimensions are copied to the tail.

Mirrors tensorflow/lite/micro/kernels/depth_to_space.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._depth_and_space import rearrangement

KERNEL = rearrangement("DEPTH_TO_SPACE")
