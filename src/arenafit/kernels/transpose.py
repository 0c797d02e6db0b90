"""TRANSPOSE: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/transpose_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import constant, inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel(
    "TRANSPOSE",
    KernelMemory(prepare=temps(0, 1), source="transpose_common.cc"),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 i32 > f32", "i8 i32 > i8", "i16 i32 > i16"),
        rank(0, 5, 0),
        constant(1),
    ),
)
