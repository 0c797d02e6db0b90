"""What several of TFLM's signal kernels share: circular buffers and the state of kiss_fft.

Mirrors signal/src/circular_buffer.cc, signal/src/rfft_*.cc and irfft_*.cc of tflite-micro (commit 90b983c2 of
2026-08-20) and kissfft v130, which it is built with.
"""

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType
from arenafit.kernels._flexbuffers import custom_options
from arenafit.kernels.protocol import Requests
from arenafit.targets.abi import INT, INT32, POINTER, SIZE, array, struct

_CIRCULAR_BUFFER = struct(SIZE, SIZE, SIZE, INT32, INT32, POINTER)
_FFT_STATE = struct(INT, INT, array(INT, 64))
_REAL_FFT_STATE = struct(POINTER, POINTER, POINTER)
# TensorType numbers of the schema
_TYPES = {0: DType.FLOAT32, 2: DType.INT32, 7: DType.INT16}


def circular_buffer_bytes(requests: Requests, capacity: int) -> int:
    """Return CircularBufferGetNeededMemory."""
    return _CIRCULAR_BUFFER.size_bytes(requests.abi) + 4 * capacity


def circular_buffers(requests: Requests, capacity: int) -> None:
    """Ask for two tables and a buffer for each row of the input."""
    shape = requests.shape(requests.needed_input(0))
    rows = requests.elements(requests.needed_input(0)) // max(1, shape[-1])
    table_bytes = rows * POINTER.size_bytes(requests.abi)
    requests.persistent(table_bytes, "table of states")
    requests.persistent(table_bytes, "table of circular buffers")
    for _ in range(rows):
        requests.persistent(circular_buffer_bytes(requests, capacity), "circular buffer")


def element_type(requests: Requests, *supported: DType) -> DType:
    """Return the type that the option T names.

    Raises:
        UnsupportedModelError: if the kernel does not support it.
    """
    number = custom_options(requests).get("T", 0)
    found = _TYPES.get(number) if isinstance(number, int) else None
    if found is None or found not in supported:
        label = requests.op.code.label
        raise UnsupportedModelError(f"{label} (operator {requests.op.id}): its option 'T' names no supported type")
    return found


def fft_state_bytes(requests: Requests, length: int, dtype: DType) -> int:
    """Return what kiss_fftr_alloc needs for a real transform of `length` elements."""
    half = length // 2
    complex_bytes = 4 if dtype is DType.INT16 else 8
    inner_bytes = _FFT_STATE.size_bytes(requests.abi) + complex_bytes * half
    return _REAL_FFT_STATE.size_bytes(requests.abi) + inner_bytes + complex_bytes * (half * 3 // 2)


# IrfftFloatState, which stands before the state of kiss_fft
INVERSE_FLOAT_STATE = struct(INT32, POINTER)
