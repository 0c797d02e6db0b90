"""HARD_SWISH: HardSwishParams kept.

Mirrors tensorflow/lite/micro/kernels/hard_swish.cc, hard_swish_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import INT, INT16, struct

KERNEL = Kernel(
    "HARD_SWISH",
    KernelMemory(
        init=struct(INT16, INT16, INT16, INT, INT16, INT),
        prepare=temps(0),
        source="hard_swish.cc, hard_swish_common.cc",
    ),
    sharing=Sharing("element i is read before it is written, in order, in ESP-NN's kernels too", elementwise(0)),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32", "i8 > i8"),
        scaled(0),
    ),
)
