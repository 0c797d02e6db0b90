"""BATCH_TO_SPACE_ND: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/batch_to_space_nd.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel(
    "BATCH_TO_SPACE_ND",
    KernelMemory(prepare=temps(0), source="batch_to_space_nd.cc"),
    conditions=(
        inputs(3),
        outputs(1),
        typed("f32 i32 i32 > f32", "i8 i32 i32 > i8"),
        rank(3, 4, 0, output=True),
    ),
)
