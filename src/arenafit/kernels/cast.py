"""CAST: parameters only.

Mirrors tensorflow/lite/micro/kernels/cast.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import ENUM, struct

KERNEL = Kernel(
    "CAST",
    KernelMemory(prepare=temps(0), source="cast.cc"),
    builtin=struct(ENUM, ENUM),
    sharing=Sharing("one pass from the first element to the last; the reference kernel everywhere", elementwise(0)),
    conditions=(
        inputs(1),
        outputs(1),
        typed("i8|i16|i32|u32|f32|bool > i8|i16|i32|u32|f32"),
    ),
)
