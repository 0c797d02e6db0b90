"""SignalEnergy: two indices kept.

Mirrors signal/micro/kernels/energy.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._signal_checks import fits, form
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import INT32, struct

KERNEL = Kernel(
    "SignalEnergy",
    KernelMemory(init=struct(INT32, INT32), prepare=temps(0), source="signal/micro/kernels/energy.cc"),
    custom=True,
    since=(exists_since("2023-07-13", "8ee06dcba"),),
    conditions=(
        *form("i16:1 > u32:1"),
        fits(
            lambda op: max(2 * op.option("end_index"), 0) <= op.elements(0) and op.option("end_index") <= op.made(),
            "the index it ends at is beyond its operand or output",
        ),
    ),
)
