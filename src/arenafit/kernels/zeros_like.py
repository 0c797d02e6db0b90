"""ZEROS_LIKE: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/zeros_like.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise

KERNEL = Kernel(
    "ZEROS_LIKE",
    KernelMemory(prepare=temps(0), source="zeros_like.cc"),
    sharing=Sharing("the operand is not read", elementwise(0)),
    conditions=(
        inputs(1),
        outputs(1),
        typed("i64 > i64", "i32 > i32", "i8 > i8", "f32 > f32"),
    ),
)
