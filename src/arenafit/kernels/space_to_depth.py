"""SPACE_TO_DEPTH: the output's dimensions are copied to the tail.

Mirrors tensorflow/lite/micro/kernels/space_to_depth.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._depth_and_space import rearrangement

KERNEL = rearrangement("SPACE_TO_DEPTH")
