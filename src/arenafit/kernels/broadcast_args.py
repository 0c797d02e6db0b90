"""BROADCAST_ARGS: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/broadcast_args.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel(
    "BROADCAST_ARGS",
    KernelMemory(prepare=temps(0, 1), source="broadcast_args.cc"),
    conditions=(
        inputs(2),
        outputs(1),
        typed("i32 i32 > i32", "i64 i64 > i64"),
        rank(1, 1, 0, 1, output=True),
    ),
)
