"""LOG_SOFTMAX: quantised, LogSoftmaxOpData is kept.

Mirrors tensorflow/lite/micro/kernels/log_softmax.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._extents import same_shape
from arenafit.kernels.conditions import gives, inputs, outputs, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import INT, INT32, SIZE, array, struct

_OP_DATA = struct(array(INT32, 4), INT, SIZE, SIZE)


def _prepare(requests: Requests) -> None:
    requests.temps(0)
    if requests.has_type(requests.input(0), DType.INT8):
        requests.persistent_struct(_OP_DATA)


KERNEL = Kernel(
    "LOG_SOFTMAX",
    KernelMemory(prepare=_prepare, source="log_softmax.cc"),
    sharing=Sharing("a row's sum is known before element i is read again and written", elementwise(0)),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32", "i8 > i8"),
        same_shape,
        scaled(0),
        gives(DType.INT8, 16 / 256, 127),
    ),
)
