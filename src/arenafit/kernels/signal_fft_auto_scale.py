"""SignalFftAutoScale: nothing kept.

Mirrors signal/micro/kernels/fft_auto_scale_common.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._signal_checks import fits, form
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.since import exists_since

KERNEL = Kernel(
    "SignalFftAutoScale",
    KernelMemory(prepare=temps(0, outputs=(0, 1)), source="signal/micro/kernels/fft_auto_scale_common.cc"),
    custom=True,
    since=(exists_since("2023-07-19", "70aed11c9"),),
    conditions=(
        *form("i16:1 > i16:1 i32:0"),
        fits(lambda op: op.elements(0) >= op.made(), "its operand is shorter than its output"),
    ),
)
