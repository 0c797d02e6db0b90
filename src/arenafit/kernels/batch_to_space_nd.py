"""BATCH_TO_SPACE_ND: nothing is kept between calls.

It copies elements to where blocks and crops say, drops what falls outside, and writes nothing else: with crops that are
negative, or not known beforehand, the output keeps what it held elsewhere.

Mirrors tensorflow/lite/micro/kernels/batch_to_space_nd.cc (commit 90b983c2 of 2026-08-20).
"""

from collections.abc import Iterator

from arenafit.ir import Graph, Op
from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Shared, Sharing, constant_values, input_at, is_one_run, strides_bytes


def _first_byte(graph: Graph, op: Op) -> int | None:
    """Return where in its output the operand is put, if that is one run of bytes known beforehand, and inside."""
    rows, output = input_at(graph, op, 0), graph.outputs_of(op)[0]
    blocks, crops = (constant_values(input_at(graph, op, position)) for position in (1, 2))
    if rows is None or rows.is_constant or blocks is None or crops is None or any(block != 1 for block in blocks):
        return None
    rank = len(output.shape)
    known = {3: 1, 4: 3}.get(rank, len(crops) + 1)
    if len(rows.shape) != rank or len(crops) < known or not is_one_run(rows.shape, output.shape):
        return None
    at = [0, *(-crop for crop in crops[:known:2]), 0]
    if any(not 0 <= place <= whole - part for place, part, whole in zip(at, rows.shape, output.shape, strict=True)):
        return None
    return sum(place * step for place, step in zip(at, strides_bytes(output), strict=True))


def _ways(graph: Graph, op: Op) -> Iterator[Shared]:
    distance_bytes = _first_byte(graph, op)
    if distance_bytes is not None:
        yield Shared(0, 0, -distance_bytes, -distance_bytes, -distance_bytes)


def _leaves(graph: Graph, op: Op) -> bool:
    crops, rows = constant_values(input_at(graph, op, 2)), input_at(graph, op, 0)
    if crops is None or rows is None or any(crop < 0 for crop in crops):
        return True
    return rows.elements < graph.outputs_of(op)[0].elements


KERNEL = Kernel(
    "BATCH_TO_SPACE_ND",
    KernelMemory(prepare=temps(0), source="batch_to_space_nd.cc"),
    sharing=Sharing("each element is copied by memcpy to one place", _ways, leaves=_leaves),
    conditions=(
        inputs(3),
        outputs(1),
        typed("f32 i32 i32 > f32", "i8 i32 i32 > i8"),
        rank(3, 4, 0, output=True),
    ),
)
