"""MAX_POOL_2D: OpDataPooling kept.

Mirrors tensorflow/lite/micro/kernels/pooling.cc, pooling_common.cc and cmsis_nn/pooling.cc (commit 90b983c2 of
2026-08-20).
"""

from arenafit.kernels._pooling import CMSIS_NN_MAX, pooling

KERNEL = pooling("MAX_POOL_2D", CMSIS_NN_MAX)
