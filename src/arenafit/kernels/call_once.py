"""CALL_ONCE: the graph index and whether it has run kept.

Mirrors tensorflow/lite/micro/kernels/call_once.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs
from arenafit.kernels.protocol import Kernel, KernelMemory
from arenafit.targets.abi import BOOL, INT, struct

KERNEL = Kernel(
    "CALL_ONCE",
    KernelMemory(init=struct(INT, BOOL), source="call_once.cc"),
    builtin=struct(INT),
    conditions=(
        inputs(0),
        outputs(0),
    ),
)
