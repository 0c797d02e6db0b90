"""SELECT_V2: OpData kept.

Mirrors tensorflow/lite/micro/kernels/select.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import BOOL, struct

KERNEL = Kernel(
    "SELECT_V2",
    KernelMemory(init=struct(BOOL), prepare=temps(0, 1, 2), source="select.cc"),
    sharing=Sharing("one pass; rows chosen whole are copied from their own place", elementwise(0, 1, 2)),
    conditions=(
        inputs(3),
        outputs(1),
        typed("bool f32 f32 > f32", "bool i8 i8 > i8", "bool i16 i16 > i16"),
        rank(0, 5, 0, 1, 2),
    ),
)
