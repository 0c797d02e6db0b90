"""RELU6: Relu6OpData kept; its Prepare looks at the input only.

Mirrors tensorflow/lite/micro/kernels/activations.cc, activations_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._scales import clamped
from arenafit.kernels.conditions import inputs, outputs, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.kernels.since import type_since
from arenafit.targets.abi import INT8, INT32, struct

KERNEL = Kernel(
    "RELU6",
    KernelMemory(
        init=struct(INT32, INT32),
        init_until=("2024-09-26", struct(INT8, INT8)),  # ef2179ce0: int16
        prepare=temps(0, outputs=()),
        source="activations.cc, activations_common.cc",
    ),
    sharing=Sharing("element i is read before it is written, in order, in ESP-NN's kernels too", elementwise(0)),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32", "i8 > i8", "i16 > i16"),
        scaled(0),
        clamped,
    ),
    since=(type_since(DType.INT16, "2024-09-26", "ef2179ce0"),),
)
