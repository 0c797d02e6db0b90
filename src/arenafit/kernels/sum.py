"""SUM: OpDataReduce kept; scratch for the position in the input and the axes.

Mirrors tensorflow/lite/micro/kernels/reduce.cc and reduce_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._reduce import BUILTIN, MEAN_OR_SUM
from arenafit.kernels.conditions import inputs, outputs, scaled, typed
from arenafit.kernels.protocol import Kernel

KERNEL = Kernel(
    "SUM",
    MEAN_OR_SUM,
    builtin=BUILTIN,
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 i32 > f32", "i8 i32 > i8", "i16 i32 > i16"),
        scaled(0),
    ),
)
