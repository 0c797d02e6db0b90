"""FILL: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/fill.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import constant, inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel(
    "FILL",
    KernelMemory(prepare=temps(0, 1), source="fill.cc"),
    conditions=(
        inputs(2),
        outputs(1),
        typed("i8|i16|i32|i64 f32 > f32", "i8|i16|i32|i64 i32 > i32", "i8|i16|i32|i64 i8 > i8"),
        rank(0, 0, 1),
        rank(1, 1, 0),
        constant(0),
    ),
)
