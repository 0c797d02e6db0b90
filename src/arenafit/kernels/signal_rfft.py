"""SignalRfft: the state of kiss_fft kept, a copy of the input as scratch.

Mirrors signal/micro/kernels/rfft.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._flexbuffers import whole_number
from arenafit.kernels._signal import element_type, fft_state_bytes
from arenafit.kernels._signal_checks import fits, more_axes, typed_by_option
from arenafit.kernels.conditions import inputs, outputs
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import ENUM, INT, INT32, POINTER, array, struct

_PARAMS = struct(array(INT32, 4), ENUM, POINTER, INT, POINTER)
# f99fcf84e: the copy is scratch, and its index is kept.
_SCRATCH_SINCE = "2024-04-12"
_PARAMS_BEFORE = struct(array(INT32, 4), ENUM, POINTER, POINTER)
_TYPES = (DType.INT16, DType.INT32, DType.FLOAT32)


def _init(requests: Requests) -> None:
    before = requests.before(_SCRATCH_SINCE)
    requests.persistent_struct(_PARAMS_BEFORE if before else _PARAMS)
    length = whole_number(requests, "fft_length")
    if before:
        element_bytes = element_type(requests, *_TYPES).bits // 8
        requests.persistent(length * element_bytes, "work area of the transform", written=False)
    requests.persistent(fft_state_bytes(requests, length, element_type(requests, *_TYPES)), "state of the transform")


def _prepare(requests: Requests) -> None:
    requests.temps(0)
    if requests.before(_SCRATCH_SINCE):
        return
    element_bytes = element_type(requests, *_TYPES).bits // 8
    requests.scratch(whole_number(requests, "fft_length") * element_bytes, "work area of the transform")


KERNEL = Kernel(
    "SignalRfft",
    KernelMemory(init=_init, prepare=_prepare, source="signal/micro/kernels/rfft.cc"),
    custom=True,
    since=(exists_since("2023-06-21", "f22888af6"),),
    conditions=(
        inputs(1),
        outputs(1),
        typed_by_option("i16", "i32", "f32"),
        more_axes(0),
        fits(
            lambda op: op.last() <= op.option("fft_length") and op.last_made() // 2 > op.option("fft_length") // 2,
            "its transform is shorter than its operand or longer than its output",
        ),
    ),
)
