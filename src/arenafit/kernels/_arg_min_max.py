"""What ARG_MAX and ARG_MIN share.

Mirrors tensorflow/lite/micro/kernels/arg_min_max.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory
from arenafit.targets.abi import ENUM, struct


def arg_min_max(name: str) -> Kernel:
    """Return the kernel `name`: the place of an extreme along an axis."""
    return Kernel(
        name,
        KernelMemory(source="arg_min_max.cc"),
        builtin=struct(ENUM),
        conditions=(
            inputs(2),
            outputs(1),
            typed("f32|i8 i32 > i32"),
            rank(1, 8, 0),
        ),
    )
