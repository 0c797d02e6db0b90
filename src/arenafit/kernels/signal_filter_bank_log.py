"""SignalFilterBankLog: two integers kept.

Mirrors signal/micro/kernels/filter_bank_log.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._signal_checks import fits, form
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import INT, struct

KERNEL = Kernel(
    "SignalFilterBankLog",
    KernelMemory(init=struct(INT, INT), prepare=temps(0), source="signal/micro/kernels/filter_bank_log.cc"),
    custom=True,
    since=(exists_since("2023-07-14", "2548022e0"),),
    conditions=(
        *form("u32:1 > i16:1"),
        fits(lambda op: op.made() >= op.elements(0), "its output is shorter than its operand"),
    ),
)
