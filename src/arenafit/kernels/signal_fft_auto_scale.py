"""SignalFftAutoScale: nothing kept.

Mirrors signal/micro/kernels/fft_auto_scale_common.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps

KERNEL = Kernel(
    "SignalFftAutoScale",
    KernelMemory(prepare=temps(0, outputs=(0, 1)), source="signal/micro/kernels/fft_auto_scale_common.cc"),
    custom=True,
)
