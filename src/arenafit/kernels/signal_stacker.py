"""SignalStacker: a circular buffer over the stacked frames kept.

Mirrors signal/micro/kernels/stacker.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._flexbuffers import whole_number
from arenafit.kernels._signal import circular_buffer_bytes
from arenafit.kernels._signal_checks import fits, form
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests, temps
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import BOOL, INT32, POINTER, SIZE, array, struct

_PARAMS = struct(array(INT32, 4), SIZE, SIZE, BOOL, POINTER, POINTER)


def _init(requests: Requests) -> None:
    requests.persistent_struct(_PARAMS)
    frames = 1 + sum(whole_number(requests, f"stacker_{side}_context") for side in ("left", "right"))
    capacity = whole_number(requests, "num_channels") * frames
    requests.persistent(circular_buffer_bytes(requests, capacity), "circular buffer")


KERNEL = Kernel(
    "SignalStacker",
    KernelMemory(init=_init, prepare=temps(0, outputs=(0, 1)), source="signal/micro/kernels/stacker.cc"),
    custom=True,
    since=(exists_since("2023-07-12", "296b81858"),),
    conditions=(
        *form("i16:1 > i16:1 bool:0"),
        fits(
            lambda op: (
                op.option("num_channels") <= op.elements(0)
                and op.option("num_channels")
                * (1 + op.option("stacker_left_context") + op.option("stacker_right_context"))
                <= op.made()
            ),
            "its channels do not fit its operand and output",
        ),
    ),
)
