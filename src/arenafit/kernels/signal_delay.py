"""SignalDelay: a circular buffer per row of the input kept.

Mirrors signal/micro/kernels/delay.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._flexbuffers import whole_number
from arenafit.kernels._signal import circular_buffers
from arenafit.kernels._signal_checks import fits, form
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import INT32, POINTER, struct


def _prepare(requests: Requests) -> None:
    requests.temps(0)
    frame = requests.shape(requests.needed_input(0))[-1]
    circular_buffers(requests, frame + whole_number(requests, "delay_length"))


KERNEL = Kernel(
    "SignalDelay",
    KernelMemory(
        init=struct(INT32, INT32, INT32, POINTER, POINTER), prepare=_prepare, source="signal/micro/kernels/delay.cc"
    ),
    custom=True,
    since=(exists_since("2023-07-12", "7781c4979"),),
    conditions=(
        *form("i16:+ > i16:+"),
        fits(lambda op: op.made() >= op.elements(0), "its output is shorter than its operand"),
    ),
)
