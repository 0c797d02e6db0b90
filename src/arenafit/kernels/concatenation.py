"""CONCATENATION: ConcatenationParams kept; its Prepare looks at the first operand twice.

Mirrors tensorflow/lite/micro/kernels/concatenation.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.sharing import Sharing, joined
from arenafit.targets.abi import ENUM, FLOAT, INT, INT32, POINTER, array, struct

_PARAMS = struct(INT32, POINTER, POINTER, INT32, INT32, FLOAT)
_MAX_INPUTS = 10  # kMaxInputNum


def _prepare(requests: Requests) -> None:
    requests.temps(0)
    requests.temps(*range(len(requests.op.inputs)), outputs=())


KERNEL = Kernel(
    "CONCATENATION",
    KernelMemory(
        init=_PARAMS,
        init_compression=struct(_PARAMS, array(INT, _MAX_INPUTS)),
        prepare=_prepare,
        source="concatenation.cc",
    ),
    builtin=struct(INT, ENUM),
    sharing=Sharing("memcpy of each operand onto itself", joined),
)
