"""REVERSE_V2: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/reverse.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.since import exists_since

KERNEL = Kernel(
    "REVERSE_V2",
    KernelMemory(prepare=temps(0, 1), source="reverse.cc"),
    conditions=(
        inputs(2),
        outputs(1),
        typed(
            "f32 i32 > f32",
            "i32 i32 > i32",
            "u8 i32 > u8",
            "i8 i32 > i8",
            "i16 i32 > i16",
            "i64 i32 > i64",
            "bool i32 > bool",
        ),
        rank(1, 8, 0),
        rank(1, 1, 1),
    ),
    since=(exists_since("2025-07-10", "41a9c8a6c"),),
)
