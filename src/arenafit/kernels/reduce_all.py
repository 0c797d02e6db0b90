"""REDUCE_ALL: OpDataReduce kept; scratch for the position in the input and the axes.

Mirrors tensorflow/lite/micro/kernels/reduce.cc and reduce_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._reduce import ALL, BUILTIN
from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel
from arenafit.kernels.since import exists_since

KERNEL = Kernel(
    "REDUCE_ALL",
    ALL,
    builtin=BUILTIN,
    conditions=(
        inputs(2),
        outputs(1),
        typed("bool i32 > bool"),
    ),
    since=(exists_since("2026-01-08", "ef382bdaa"),),
)
