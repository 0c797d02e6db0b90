"""SOFTMAX: SoftmaxParams kept; for 16-bit inputs two lookup tables.

Mirrors tensorflow/lite/micro/kernels/softmax.cc, softmax_common.cc and cmsis_nn/softmax.cc (commit 90b983c2 of
2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import DOUBLE, FLOAT, INT, INT32, POINTER, array, struct
from arenafit.targets.libraries import Family

_PARAMS = struct(DOUBLE, array(INT32, 4), INT, INT32, FLOAT, array(POINTER, 5))
# kInt16LUTArraySize entries of 2 bytes
_TABLE_BYTES = 2 * 513


def _prepare(requests: Requests) -> None:
    requests.temps(0)
    if requests.has_type(requests.input(0), DType.INT16):
        requests.persistent(_TABLE_BYTES, "table of exp(x)")
        requests.persistent(_TABLE_BYTES, "table of 1 / (1 + x)")


KERNEL = Kernel(
    "SOFTMAX",
    KernelMemory(init=_PARAMS, prepare=_prepare, source="softmax.cc"),
    libraries={
        Family.CMSIS_NN: KernelMemory(
            init=struct(_PARAMS, INT32, INT32), prepare=_prepare, source="cmsis_nn/softmax.cc"
        )
    },
    builtin=struct(FLOAT),
    sharing=Sharing(
        "a row's maximum and sum are known before element i is read again and written, in all libraries", elementwise(0)
    ),
)
