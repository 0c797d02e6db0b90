"""PACK: parameters only.

Mirrors tensorflow/lite/micro/kernels/pack.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels.conditions import outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory
from arenafit.kernels.sharing import Sharing, joined
from arenafit.kernels.since import type_since
from arenafit.targets.abi import INT, struct

KERNEL = Kernel(
    "PACK",
    KernelMemory(source="pack.cc"),
    builtin=struct(INT, INT),
    sharing=Sharing("copies each element onto itself", joined),
    conditions=(
        outputs(1),
        typed("f32 * > f32", "i8 * > i8", "i16 * > i16", "i32 * > i32", "i64 * > i64"),
    ),
    since=(type_since(DType.INT16, "2025-08-20", "7a7a3de09"),),
)
