"""SPACE_TO_BATCH_ND: SpaceToBatchParams kept.

Mirrors tensorflow/lite/micro/kernels/space_to_batch_nd.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.targets.abi import INT32, struct

KERNEL = Kernel(
    "SPACE_TO_BATCH_ND",
    KernelMemory(init=struct(INT32), prepare=temps(0), source="space_to_batch_nd.cc"),
    conditions=(
        inputs(3),
        outputs(1),
        typed("f32 i32 i32 > f32", "i8 i32 i32 > i8"),
        rank(3, 4, 0, output=True),
    ),
)
