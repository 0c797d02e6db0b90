"""PADV2: the paddings are kept; the CMSIS-NN kernel keeps the same.

Mirrors tensorflow/lite/micro/kernels/pad_common.cc and cmsis_nn/pad.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._padding import padding

KERNEL = padding("PADV2")
