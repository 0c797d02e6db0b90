"""SignalFilterBankSquareRoot: nothing kept.

Mirrors signal/micro/kernels/filter_bank_square_root_common.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._signal_checks import fits, form
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.since import exists_since

KERNEL = Kernel(
    "SignalFilterBankSquareRoot",
    KernelMemory(prepare=temps(0, 1), source="signal/micro/kernels/filter_bank_square_root_common.cc"),
    custom=True,
    since=(exists_since("2023-07-14", "2548022e0"),),
    conditions=(
        *form("u64:1 i32:0 > u32:1"),
        fits(lambda op: op.made() >= op.elements(0), "its output is shorter than its operand"),
    ),
)
