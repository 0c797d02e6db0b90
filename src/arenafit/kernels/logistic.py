"""LOGISTIC: OpDataLogistic kept.

Mirrors tensorflow/lite/micro/kernels/logistic.cc, logistic_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._scales import power_of_two_output
from arenafit.kernels.conditions import gives, inputs, outputs, scaled, symmetric, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import INT, INT32, array, struct

KERNEL = Kernel(
    "LOGISTIC",
    KernelMemory(init=struct(array(INT32, 3), INT), prepare=temps(0), source="logistic.cc, logistic_common.cc"),
    sharing=Sharing("element i is read before it is written, in order, in ESP-NN's kernels too", elementwise(0)),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32", "i8 > i8", "i16 > i16"),
        scaled(0),
        gives(DType.INT8, 1 / 256, -128, tolerance=0.01),
        symmetric(0),
        power_of_two_output(-15),
    ),
)
