"""SignalOverlapAdd: a frame per row of the input kept.

Mirrors signal/micro/kernels/overlap_add.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._signal import element_type
from arenafit.kernels._signal_checks import fits, more_axes, typed_by_option
from arenafit.kernels.conditions import inputs, outputs
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import ENUM, INT32, POINTER, array, struct

_PARAMS = struct(array(INT32, 4), ENUM, POINTER)


def _prepare(requests: Requests) -> None:
    requests.temps(0)
    shape = requests.shape(requests.needed_input(0))
    frame, frames = shape[-1], shape[-2]
    rows = requests.elements(requests.needed_input(0)) // max(1, frame * frames)
    requests.persistent(rows * POINTER.size_bytes(requests.abi), "table of states")
    element_bytes = element_type(requests, DType.INT16, DType.FLOAT32).bits // 8
    for _ in range(rows):
        requests.persistent(frame * element_bytes, "overlapping frame")


KERNEL = Kernel(
    "SignalOverlapAdd",
    KernelMemory(init=_PARAMS, prepare=_prepare, source="signal/micro/kernels/overlap_add.cc"),
    custom=True,
    since=(exists_since("2023-07-11", "597ccf786"),),
    conditions=(
        inputs(1),
        outputs(1),
        typed_by_option("i16", "f32"),
        more_axes(-1),
        fits(
            lambda op: (
                0 <= op.option("frame_step") <= op.last()
                and op.elements(0) // op.last() * op.option("frame_step") <= op.made()
            ),
            "its steps do not fit its operand and output",
        ),
    ),
)
