"""What PAD and PADV2 keep.

Mirrors tensorflow/lite/micro/kernels/pad_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import KernelMemory, Requests
from arenafit.targets.abi import INT8, INT32, UINT8_ENUM, array, struct

_PAD_PARAMS = struct(INT8, array(INT32, 5), INT8, array(INT32, 5), UINT8_ENUM)


def _prepare(requests: Requests) -> None:
    requests.temps(0, 1, outputs=())
    if len(requests.op.inputs) == 3:
        requests.temp_input(2)
    requests.temp_output(0)


REFERENCE = KernelMemory(init=struct(_PAD_PARAMS, INT32), prepare=_prepare, source="pad.cc")
