"""RELU: ReluOpData kept.

Mirrors tensorflow/lite/micro/kernels/activations.cc, activations_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels.conditions import inputs, outputs, scaled, symmetric, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.kernels.since import type_since
from arenafit.targets.abi import INT, INT32, UINT8_ENUM, array, struct

KERNEL = Kernel(
    "RELU",
    KernelMemory(
        init=struct(struct(UINT8_ENUM, INT32, INT32), array(INT32, 3), INT),
        prepare=temps(0),
        source="activations.cc, activations_common.cc",
    ),
    sharing=Sharing("element i is read before it is written, in order, in ESP-NN's kernels too", elementwise(0)),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32", "i8 > i8", "i16 > i16"),
        scaled(0),
        symmetric(0),
    ),
    since=(type_since(DType.INT16, "2025-03-21", "b78bb7e31"),),
)
