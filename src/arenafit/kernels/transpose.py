"""TRANSPOSE: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/transpose_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._faults import DEEP_TRANSPOSE
from arenafit.kernels.conditions import constant, inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.since import type_since
from arenafit.targets.libraries import KernelFamily

KERNEL = Kernel(
    "TRANSPOSE",
    KernelMemory(prepare=temps(0, 1), source="transpose_common.cc"),
    libraries={
        KernelFamily.CMSIS_NN: KernelMemory(
            prepare=temps(0, 1), source="cmsis_nn/transpose.cc", faults=(DEEP_TRANSPOSE,)
        )
    },
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 i32 > f32", "i8 i32 > i8", "i16 i32 > i16"),
        rank(0, 5, 0),
        rank(1, 1, 1),
        constant(1),
    ),
    since=(type_since(DType.INT16, "2025-03-17", "39209b412"),),
)
