"""DEQUANTIZE: DequantizeOpData kept.

Mirrors tensorflow/lite/micro/kernels/dequantize.cc, dequantize_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._scales import one_scale
from arenafit.kernels.conditions import inputs, outputs, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import DOUBLE, INT, INT32, struct

KERNEL = Kernel(
    "DEQUANTIZE",
    KernelMemory(
        init=struct(struct(DOUBLE, INT32), INT32, INT, INT32),
        prepare=temps(0),
        source="dequantize.cc, dequantize_common.cc",
    ),
    sharing=Sharing("one pass from the first element to the last; the reference kernel everywhere", elementwise(0)),
    conditions=(
        inputs(1),
        outputs(1),
        typed("i8|i16|u8 > f32"),
        scaled(0, output=False),
        one_scale,
    ),
)
