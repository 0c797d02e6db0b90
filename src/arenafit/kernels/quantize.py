"""QUANTIZE: OpDataQuantizeReference kept.

Mirrors tensorflow/lite/micro/kernels/quantize.cc, quantize_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._scales import one_output_scale
from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import DOUBLE, INT, INT32, struct

KERNEL = Kernel(
    "QUANTIZE",
    KernelMemory(
        init=struct(struct(INT32, DOUBLE), INT32, INT, INT32),
        prepare=temps(0),
        source="quantize.cc, quantize_common.cc",
    ),
    sharing=Sharing("one pass from the first element to the last; the reference kernel everywhere", elementwise(0)),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > i8|i16", "i32 > i8|i16", "i16 > i8|i16|i32", "i8 > i8|u8|i16|i32", "u8 > i8"),
        one_output_scale,
    ),
)
