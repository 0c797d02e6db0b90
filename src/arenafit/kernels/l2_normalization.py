"""L2_NORMALIZATION: L2NormalizationParams kept.

Mirrors tensorflow/lite/micro/kernels/l2norm.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, not_activated, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import ENUM, INT32, struct

KERNEL = Kernel(
    "L2_NORMALIZATION",
    KernelMemory(init=struct(INT32), prepare=temps(0), source="l2norm.cc"),
    builtin=struct(ENUM),
    sharing=Sharing("a row's sum is known before element i is read again and written", elementwise(0)),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32", "i8 > i8"),
        rank(1, 4, 0),
        not_activated,
    ),
)
