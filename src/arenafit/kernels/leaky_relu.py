"""LEAKY_RELU: LeakyReluOpData kept.

Mirrors tensorflow/lite/micro/kernels/leaky_relu.cc, leaky_relu_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import FLOAT, INT32, array, struct

KERNEL = Kernel(
    "LEAKY_RELU",
    KernelMemory(init=struct(array(INT32, 6)), prepare=temps(0), source="leaky_relu.cc, leaky_relu_common.cc"),
    builtin=struct(FLOAT),
    sharing=Sharing(
        "element i is read before it is written, in order; the reference kernel everywhere", elementwise(0)
    ),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32", "i8 > i8", "i16 > i16"),
        scaled(0),
    ),
)
