"""CUMSUM: quantised, OpData is kept.

Mirrors tensorflow/lite/micro/kernels/cumsum.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.targets.abi import BOOL, INT, INT32, array, struct

_OP_DATA = struct(array(INT32, 6), array(INT, 3))


def _prepare(requests: Requests) -> None:
    requests.temps(0, 1)
    if requests.has_type(requests.output(0), DType.INT8):
        requests.persistent_struct(_OP_DATA)


KERNEL = Kernel("CUMSUM", KernelMemory(prepare=_prepare, source="cumsum.cc"), builtin=struct(BOOL, BOOL))
