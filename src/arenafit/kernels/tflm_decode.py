"""TFLM_DECODE: a table of states and one state per output kept; the outputs are planned like other tensors.

Mirrors tensorflow/lite/micro/kernels/decode.cc, decode_state.cc and decode_state_*.h without alternate decompression
memory (commit 90b983c2 of 2026-08-20).
"""

from arenafit.errors import UnsupportedModelError
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests, described_scales
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import BOOL, INT8, POINTER, SIZE, UINT8, StructLayout, array, struct

_BASE = (POINTER, POINTER, POINTER)
_PRUNE = 2
# Decode type in the first byte of the ancillary data, to its state.
_STATES: dict[int, StructLayout] = {
    0: struct(*_BASE, POINTER, array(SIZE, 3), POINTER, UINT8, UINT8, BOOL),
    1: struct(*_BASE, POINTER, SIZE, POINTER, BOOL, UINT8),
    _PRUNE: struct(*_BASE, POINTER, array(SIZE, 3), POINTER, POINTER, INT8, BOOL),
}


def _prepare(requests: Requests) -> None:
    count = len(requests.op.outputs)
    requests.persistent(count * POINTER.size_bytes(requests.abi), "table of decoders")
    for index in range(count):
        requests.temps(2 * index, 2 * index + 1, outputs=(index,))
        requests.hold_temps()
        kind = _kind(requests, 2 * index + 1)
        requests.persistent_struct(_STATES[kind], "decoder")
        if kind == _PRUNE:
            _zero_points(requests, index)


def _kind(requests: Requests, index: int) -> int:
    ancillary = requests.needed_input(index)
    kind = ancillary.data.data[0] if ancillary.data is not None and ancillary.data.data else -1
    if kind not in _STATES:
        raise UnsupportedModelError(
            f"TFLM_DECODE (operator {requests.op.id}): '{ancillary.name}' names no known decoder"
        )
    return kind


def _zero_points(requests: Requests, index: int) -> None:
    output = requests.needed_output(index)
    channels = described_scales(output)
    if channels > 1 and output.quant is not None and any(output.quant.zero_points):
        requests.persistent(channels, "zero points of the output")


KERNEL = Kernel(
    "TFLM_DECODE",
    KernelMemory(prepare=_prepare, source="decode.cc"),
    custom=True,
    since=(exists_since("2025-10-17", "d96fe663d"),),
)
