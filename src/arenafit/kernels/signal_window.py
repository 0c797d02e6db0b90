"""SignalWindow: two integers kept.

Mirrors signal/micro/kernels/window.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._signal_checks import fits, form, more_axes
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import INT32, struct

KERNEL = Kernel(
    "SignalWindow",
    KernelMemory(init=struct(INT32, INT32), prepare=temps(0, 1), source="signal/micro/kernels/window.cc"),
    custom=True,
    since=(exists_since("2023-06-14", "c306ff608"),),
    conditions=(
        *form("i16:+ i16:1 > i16:+"),
        more_axes(0),
        fits(
            lambda op: op.elements(0) % op.elements(1) == 0 and op.elements(0) <= op.made(),
            "its operand is no whole number of windows",
        ),
    ),
)
