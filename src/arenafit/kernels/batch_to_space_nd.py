"""BATCH_TO_SPACE_ND: nothing is kept between calls.

It copies elements to where blocks and crops say, drops what falls outside, and writes nothing else: with crops that are
negative, or not known beforehand, the output keeps what it held elsewhere.

Mirrors tensorflow/lite/micro/kernels/batch_to_space_nd.cc (commit 90b983c2 of 2026-08-20).
"""

from collections.abc import Iterator

from arenafit.ir import Graph, Op
from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import OperandOverlap, Sharing, constant_values, input_at, is_one_run, strides_bytes

_SPACE = {3: 1, 4: 2}  # axes of space by rank


def _moved(graph: Graph, op: Op) -> list[int] | None:
    """Return by how much elements move along each axis, known beforehand, where blocks are 1; None otherwise."""
    rows, rank = input_at(graph, op, 0), len(graph.outputs_of(op)[0].shape)
    blocks, crops = (constant_values(input_at(graph, op, position)) for position in (1, 2))
    if rows is None or blocks is None or crops is None or len(rows.shape) != rank or rank not in _SPACE:
        return None
    # The kernel looks at no more of both than it needs.
    needed = _SPACE[rank]
    if any(block != 1 for block in blocks[:needed]) or len(blocks) < needed or len(crops) < 2 * needed - 1:
        return None
    return [0, *(-crop for crop in crops[: 2 * needed - 1 : 2]), 0]


def _inside(at: list[int], part: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    return all(0 <= place <= extent - size for place, size, extent in zip(at, part, whole, strict=True))


def _ways(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    rows, output, moved = input_at(graph, op, 0), graph.outputs_of(op)[0], _moved(graph, op)
    if rows is None or rows.is_constant or moved is None:
        return
    if _inside(moved, rows.shape, output.shape) and is_one_run(rows.shape, output.shape):
        at_bytes = sum(place * step for place, step in zip(moved, strides_bytes(output), strict=True))
        yield OperandOverlap(0, 0, -at_bytes, -at_bytes, -at_bytes)
        return
    taken = [-place for place in moved]
    if not _inside(taken, output.shape, rows.shape):
        return
    # Elements go forward one by one, each to where the operand has been read, and by memcpy: it must not overlap.
    first_bytes = sum(place * step for place, step in zip(taken, strides_bytes(rows), strict=True))
    yield OperandOverlap(0, 0, None, first_bytes - strides_bytes(rows)[-2], None)
    if is_one_run(output.shape, rows.shape):
        yield OperandOverlap(0, 0, first_bytes, first_bytes, first_bytes, same_content=True)


def _leaves(graph: Graph, op: Op) -> bool:
    rows, output, moved = input_at(graph, op, 0), graph.outputs_of(op)[0], _moved(graph, op)
    if rows is None or moved is None:
        return True
    return not all(
        place <= 0 and size + place >= extent
        for place, size, extent in zip(moved, rows.shape, output.shape, strict=True)
    )


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
