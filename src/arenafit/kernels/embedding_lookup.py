"""EMBEDDING_LOOKUP: the output's dimensions are copied to the tail, then OpData.

Mirrors tensorflow/lite/micro/kernels/embedding_lookup.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._accepted import index_into
from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.since import exists_since
from arenafit.targets.abi import FLOAT, SIZE, struct

_OP_DATA = struct(FLOAT, SIZE)


def _prepare(requests: Requests) -> None:
    requests.temps(0, 1)
    lookup, value = requests.shape(requests.needed_input(0)), requests.shape(requests.needed_input(1))
    requests.writable_output_dims(0, (*lookup[:1], *value[1:]))
    requests.persistent_struct(_OP_DATA)


KERNEL = Kernel(
    "EMBEDDING_LOOKUP",
    KernelMemory(prepare=_prepare, source="embedding_lookup.cc"),
    conditions=(
        inputs(2),
        outputs(1),
        typed("i32 f32 > f32", "i32 i8 > f32|i8"),
        rank(1, 1, 0),
        rank(2, 8, 1),
    ),
    accepts=index_into(0, 1),
    since=(exists_since("2023-07-26", "aa945a0fc", wheel_day="2024-01-10"),),
)
