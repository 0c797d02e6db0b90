"""FLOOR_DIV: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/floor_div.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._accepted import above_zero
from arenafit.kernels._extents import broadcasting
from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise

KERNEL = Kernel(
    "FLOOR_DIV",
    KernelMemory(prepare=temps(0, 1), source="floor_div.cc"),
    sharing=Sharing(
        "one pass, element i is read before it is written; the reference kernel everywhere", elementwise(0, 1)
    ),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 f32 > f32"),
        broadcasting(4),
    ),
    accepts=above_zero(1),
)
