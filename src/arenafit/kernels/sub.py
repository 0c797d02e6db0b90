"""SUB: OpDataSub kept.

Mirrors tensorflow/lite/micro/kernels/sub.cc, sub_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._extents import broadcasting
from arenafit.kernels._scales import sum_scales
from arenafit.kernels.conditions import inputs, outputs, scaled, typed, unscaled
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.kernels.since import type_since
from arenafit.targets.abi import BOOL, ENUM, INT, array, struct

KERNEL = Kernel(
    "SUB",
    KernelMemory(init=struct(BOOL, array(INT, 12)), prepare=temps(0, 1), source="sub.cc, sub_common.cc"),
    builtin=struct(ENUM, BOOL),
    sharing=Sharing(
        "one pass, element i is read before it is written; the reference kernel everywhere", elementwise(0, 1)
    ),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 f32 > f32", "i32 i32 > i32", "i8 i8 > i8", "i16 i16 > i16"),
        scaled(0, 1),
        unscaled(0, 1, output=True),
        sum_scales,
        broadcasting(6),
    ),
    since=(type_since(DType.INT32, "2025-06-04", "686df2db9"),),
)
