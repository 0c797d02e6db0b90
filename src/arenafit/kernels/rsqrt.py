"""RSQRT: OpDataAbsRsqrt kept.

Mirrors tensorflow/lite/micro/kernels/elementwise.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._accepted import above_zero
from arenafit.kernels.conditions import inputs, outputs, scaled, symmetric, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import BOOL, ENUM, INT, INT32, struct

KERNEL = Kernel(
    "RSQRT",
    KernelMemory(init=struct(INT32, INT, INT, INT, BOOL, INT, ENUM), prepare=temps(0), source="elementwise.cc"),
    sharing=Sharing(
        "element i is read before it is written, in order; the reference kernel everywhere", elementwise(0)
    ),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32", "i8 > i8", "i16 > i16"),
        scaled(0, types=(DType.INT8,)),
        symmetric(0),
    ),
    accepts=above_zero(),
)
