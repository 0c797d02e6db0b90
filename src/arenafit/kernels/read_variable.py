"""READ_VARIABLE: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/read_variable.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._variables import one_element
from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel(
    "READ_VARIABLE",
    KernelMemory(prepare=temps(0, outputs=()), source="read_variable.cc"),
    conditions=(
        inputs(1),
        outputs(1),
        typed("res > -"),
        one_element(0),
    ),
)
