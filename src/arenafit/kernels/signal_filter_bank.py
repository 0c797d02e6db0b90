"""SignalFilterBank: its configuration and a work area of 8 bytes per channel kept.

Mirrors signal/micro/kernels/filter_bank.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._flexbuffers import whole_number
from arenafit.kernels._signal_checks import fits, form
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests, temps
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import INT32, POINTER, array, struct

_PARAMS = struct(struct(INT32, array(POINTER, 5), INT32, INT32), POINTER)


def _init(requests: Requests) -> None:
    requests.persistent_struct(_PARAMS)
    requests.persistent(8 * (whole_number(requests, "num_channels") + 1), "work area")


KERNEL = Kernel(
    "SignalFilterBank",
    KernelMemory(init=_init, prepare=temps(0, 1, 2, 3, 4, 5), source="signal/micro/kernels/filter_bank.cc"),
    custom=True,
    since=(exists_since("2023-07-14", "2548022e0"),),
    conditions=(
        *form("u32:1 i16:1 i16:1 i16:1 i16:1 i16:1 > u64:1"),
        fits(
            lambda op: (
                op.option("num_channels") <= op.made()
                and op.option("num_channels") < min(op.elements(index) for index in (3, 4, 5))
            ),
            "it has more channels than its tables or its output",
        ),
    ),
)
