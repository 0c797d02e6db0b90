"""DIV: OpDataDiv kept.

Mirrors tensorflow/lite/micro/kernels/div.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._accepted import above_zero
from arenafit.kernels._extents import broadcasting
from arenafit.kernels.conditions import inputs, outputs, scaled, typed, unscaled
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import ENUM, INT, array, struct

KERNEL = Kernel(
    "DIV",
    KernelMemory(init=struct(array(INT, 7)), prepare=temps(0, 1), source="div.cc"),
    builtin=struct(ENUM),
    sharing=Sharing(
        "one pass, element i is read before it is written; the reference kernel everywhere", elementwise(0, 1)
    ),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 f32 > f32", "i32 i32 > i32", "i8 i8 > i8"),
        scaled(0, 1),
        unscaled(0, 1),
        broadcasting(4),
    ),
    accepts=above_zero(1),
)
