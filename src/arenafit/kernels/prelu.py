"""PRELU: PreluParams kept.

Mirrors tensorflow/lite/micro/kernels/prelu.cc, prelu_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels.conditions import inputs, outputs, rank, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.kernels.since import type_since
from arenafit.targets.abi import INT, array, struct

KERNEL = Kernel(
    "PRELU",
    KernelMemory(init=struct(array(INT, 7)), prepare=temps(0, 1), source="prelu.cc, prelu_common.cc"),
    sharing=Sharing(
        "one pass, element i is read before it is written; the reference kernel everywhere", elementwise(0)
    ),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 f32 > f32", "i8 i8 > i8", "i16 i8 > i16"),
        scaled(0, 1),
        rank(1, 4, 0, 1, output=True),
    ),
    since=(type_since(DType.INT16, "2025-09-09", "aa6e62517"),),
)
