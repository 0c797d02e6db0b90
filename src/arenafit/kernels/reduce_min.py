"""REDUCE_MIN: OpDataReduce kept; scratch for the position in the input and the axes.

Mirrors tensorflow/lite/micro/kernels/reduce.cc and reduce_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._reduce import BUILTIN, MIN_MAX
from arenafit.kernels.conditions import agreeing, inputs, outputs, typed
from arenafit.kernels.protocol import Kernel
from arenafit.kernels.since import exists_since

KERNEL = Kernel(
    "REDUCE_MIN",
    MIN_MAX,
    builtin=BUILTIN,
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 i32 > f32", "i8 i32 > i8"),
        agreeing(0),
    ),
    since=(exists_since("2025-08-05", "3d4cdc19f"),),
)
