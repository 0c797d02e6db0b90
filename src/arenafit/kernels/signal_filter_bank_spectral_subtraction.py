"""SignalFilterBankSpectralSubtraction: a noise estimate of 4 bytes per channel kept.

Mirrors signal/micro/kernels/filter_bank_spectral_subtraction.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._flexbuffers import whole_number
from arenafit.kernels._signal_checks import fits, form
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests, temps
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import BOOL, INT32, POINTER, SIZE, array, struct

_PARAMS = struct(struct(array(INT32, 8), BOOL), POINTER, SIZE)


def _init(requests: Requests) -> None:
    requests.persistent_struct(_PARAMS)
    requests.persistent(4 * whole_number(requests, "num_channels"), "noise estimate")


KERNEL = Kernel(
    "SignalFilterBankSpectralSubtraction",
    KernelMemory(
        init=_init,
        prepare=temps(0, outputs=(0, 1)),
        source="signal/micro/kernels/filter_bank_spectral_subtraction.cc",
    ),
    custom=True,
    since=(exists_since("2023-07-14", "2548022e0"),),
    conditions=(
        *form("u32:1 > u32:1 u32:1"),
        fits(
            lambda op: (
                op.option("num_channels") <= min(op.elements(0), op.made()) and op.made(1) <= op.option("num_channels")
            ),
            "its channels do not fit its operand and outputs",
        ),
    ),
)
