"""RESIZE_BILINEAR: parameters only.

Mirrors tensorflow/lite/micro/kernels/resize_bilinear.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._resizing import behind_the_rows
from arenafit.kernels.conditions import constant, inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing
from arenafit.targets.abi import BOOL, struct

KERNEL = Kernel(
    "RESIZE_BILINEAR",
    KernelMemory(prepare=temps(0, 1), source="resize_bilinear.cc"),
    builtin=struct(BOOL, BOOL),
    sharing=Sharing("row by row, each from rows not above those of the one before", behind_the_rows),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 i32 > f32", "i8 i32 > i8"),
        rank(4, 4, 0),
        rank(1, 1, 1),
        constant(1),
    ),
)
