"""SignalFramer: a circular buffer per row of the input kept.

Mirrors signal/micro/kernels/framer.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._flexbuffers import whole_number
from arenafit.kernels._signal import circular_buffers
from arenafit.kernels._signal_checks import fits, form, more_axes
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import BOOL, INT32, POINTER, array, struct
from arenafit.units import align_up


def _prepare(requests: Requests) -> None:
    requests.temps(0, outputs=(0, 1))
    step = max(1, whole_number(requests, "frame_step"))
    circular_buffers(requests, align_up(whole_number(requests, "frame_size"), step))


KERNEL = Kernel(
    "SignalFramer",
    KernelMemory(
        init=struct(array(INT32, 4), BOOL, POINTER, POINTER), prepare=_prepare, source="signal/micro/kernels/framer.cc"
    ),
    custom=True,
    since=(exists_since("2023-07-11", "29d8dbfd4"),),
    conditions=(
        *form("i16:+ > i16:+ bool:0"),
        more_axes(1),
        fits(
            lambda op: 0 < op.option("frame_step") <= op.last() and op.last() % op.option("frame_step") == 0,
            "its operand does not hold whole steps",
        ),
        fits(
            lambda op: op.elements(0) // op.option("frame_step") * op.option("frame_size") <= op.made(),
            "its frames do not fit its output",
        ),
    ),
)
