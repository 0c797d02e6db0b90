"""SQUARED_DIFFERENCE: OpData with ArithmeticParams kept.

Mirrors tensorflow/lite/micro/kernels/squared_difference.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._extents import broadcasting
from arenafit.kernels._params import ARITHMETIC_PARAMS
from arenafit.kernels.conditions import inputs, outputs, scaled, symmetric, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import BOOL, struct

KERNEL = Kernel(
    "SQUARED_DIFFERENCE",
    KernelMemory(init=struct(BOOL, ARITHMETIC_PARAMS), prepare=temps(0, 1), source="squared_difference.cc"),
    sharing=Sharing(
        "one pass, element i is read before it is written; the reference kernel everywhere", elementwise(0, 1)
    ),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 f32 > f32", "i32 i32 > i32", "i8 i8 > i8", "i16 i16 > i16"),
        scaled(0, 1),
        symmetric(0, 1),
        broadcasting(4),
    ),
)
