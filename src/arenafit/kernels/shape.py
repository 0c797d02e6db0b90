"""SHAPE: parameters only.

Mirrors tensorflow/lite/micro/kernels/shape.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory
from arenafit.targets.abi import ENUM, struct

KERNEL = Kernel(
    "SHAPE",
    KernelMemory(source="shape.cc"),
    builtin=struct(ENUM),
    conditions=(
        inputs(1),
        outputs(1),
        typed("- > i32"),
    ),
)
