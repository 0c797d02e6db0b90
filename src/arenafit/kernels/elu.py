"""ELU: a lookup table of 256 bytes kept, for every type.

Mirrors tensorflow/lite/micro/kernels/elu.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import INT8, array, struct

KERNEL = Kernel(
    "ELU",
    KernelMemory(init=struct(array(INT8, 256)), prepare=temps(0), source="elu.cc"),
    sharing=Sharing(
        "element i is read before it is written, in order; the reference kernel everywhere", elementwise(0)
    ),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32", "i8 > i8"),
        scaled(0),
    ),
)
