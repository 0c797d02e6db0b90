"""GATHER_ND: the output's dimensions are copied to the tail.

Mirrors tensorflow/lite/micro/kernels/gather_nd.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import Graph, Op
from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests, ValueRange
from arenafit.kernels.sharing import input_at


def _prepare(requests: Requests) -> None:
    requests.temps(0, 1)
    source, indices = requests.shape(requests.needed_input(0)), requests.shape(requests.needed_input(1))
    depth = indices[-1] if indices else 0
    requests.writable_output_dims(0, (*indices[:-1], *source[depth:]))


def _indices(graph: Graph, op: Op, position: int) -> ValueRange | None:
    source, indices = input_at(graph, op, 0), input_at(graph, op, 1)
    if position != 1 or source is None or indices is None or not indices.shape:
        return None
    # Columns index different axes: what all of them take.
    return ValueRange(0, max(0, min(source.shape[: indices.shape[-1]], default=1) - 1), strict=True)


KERNEL = Kernel(
    "GATHER_ND",
    KernelMemory(prepare=_prepare, source="gather_nd.cc"),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 i32 > f32", "i8 i32 > i8"),
    ),
    accepts=_indices,
)
