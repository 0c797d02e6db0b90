"""SignalIrfft: the state of kiss_fft kept.

Mirrors signal/micro/kernels/irfft.cc of tflite-micro (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._flexbuffers import whole_number
from arenafit.kernels._signal import INVERSE_FLOAT_STATE, element_type, fft_state_bytes
from arenafit.kernels._signal_checks import fits, more_axes, typed_by_option
from arenafit.kernels.conditions import inputs, outputs
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests, temps
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import ENUM, INT32, POINTER, array, struct

_PARAMS = struct(array(INT32, 4), ENUM, POINTER)
_TYPES = (DType.INT16, DType.INT32, DType.FLOAT32)


def _init(requests: Requests) -> None:
    requests.persistent_struct(_PARAMS)
    length = whole_number(requests, "fft_length")
    dtype = element_type(requests, *_TYPES)
    before_bytes = INVERSE_FLOAT_STATE.size_bytes(requests.abi) if dtype is DType.FLOAT32 else 0
    requests.persistent(before_bytes + fft_state_bytes(requests, length, dtype), "state of the transform")


KERNEL = Kernel(
    "SignalIrfft",
    KernelMemory(init=_init, prepare=temps(0), source="signal/micro/kernels/irfft.cc"),
    custom=True,
    since=(exists_since("2023-07-20", "55037d2d5"),),
    conditions=(
        inputs(1),
        outputs(1),
        typed_by_option("i16", "i32", "f32"),
        more_axes(0),
        fits(
            lambda op: op.last() // 2 > op.option("fft_length") // 2 and op.last_made() >= op.option("fft_length"),
            "its transform is longer than its operand or output",
        ),
    ),
)
