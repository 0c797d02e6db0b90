"""LEAKY_RELU: LeakyReluOpData kept.

Mirrors tensorflow/lite/micro/kernels/leaky_relu.cc, leaky_relu_common.cc (commit 90b983c2 of 2026-08-20).
"""

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
)
