"""SignalPCAN: a shift kept.

Mirrors signal/micro/kernels/pcan.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._signal_checks import fits, form
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import INT, struct

KERNEL = Kernel(
    "SignalPCAN",
    KernelMemory(init=struct(INT), prepare=temps(0, 1, 2), source="signal/micro/kernels/pcan.cc"),
    custom=True,
    since=(exists_since("2023-08-23", "e01fdf05a"),),
    conditions=(
        *form("u32:1 u32:1 i16:1 > u32:1"),
        fits(
            lambda op: op.made() == op.elements(0) and op.elements(1) >= op.elements(0),
            "its operands and its output differ in length",
        ),
    ),
)
