"""CONCATENATION: ConcatenationParams kept; its Prepare looks at the first operand twice.

Mirrors tensorflow/lite/micro/kernels/concatenation.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.targets.abi import ENUM, FLOAT, INT, INT32, POINTER, struct


def _prepare(requests: Requests) -> None:
    requests.temps(0)
    requests.temps(*range(len(requests.op.inputs)), outputs=())


KERNEL = Kernel(
    "CONCATENATION",
    KernelMemory(
        init=struct(INT32, POINTER, POINTER, INT32, INT32, FLOAT), prepare=_prepare, source="concatenation.cc"
    ),
    builtin=struct(INT, ENUM),
)
