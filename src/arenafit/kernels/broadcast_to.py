"""BROADCAST_TO: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/broadcast_to.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._extents import copied
from arenafit.kernels.conditions import constant, inputs, outputs, rank
from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel(
    "BROADCAST_TO",
    KernelMemory(prepare=temps(0, 1), source="broadcast_to.cc"),
    conditions=(
        inputs(2),
        outputs(1),
        copied(0),
        rank(0, 5, 0, output=True),
        constant(1),
    ),
)
