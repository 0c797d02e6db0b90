"""SQRT: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/elementwise.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._accepted import above_zero
from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise

KERNEL = Kernel(
    "SQRT",
    KernelMemory(prepare=temps(0), source="elementwise.cc"),
    sharing=Sharing(
        "element i is read before it is written, in order; the reference kernel everywhere", elementwise(0)
    ),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32"),
    ),
    accepts=above_zero(),
)
