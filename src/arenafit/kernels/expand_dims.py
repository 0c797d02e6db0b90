"""EXPAND_DIMS: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/expand_dims.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._extents import exact_shape
from arenafit.kernels.conditions import constant, inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, same_bytes
from arenafit.kernels.since import type_since

KERNEL = Kernel(
    "EXPAND_DIMS",
    KernelMemory(prepare=temps(0, 1), source="expand_dims.cc"),
    sharing=Sharing("copies each element onto itself", same_bytes()),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 i32 > f32", "i8 i32 > i8", "i16 i32 > i16"),
        constant(1),
        exact_shape,
    ),
    since=(type_since(DType.INT16, "2024-05-24", "be11bd79e"),),
)
