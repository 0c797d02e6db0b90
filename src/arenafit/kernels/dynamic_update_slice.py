"""DYNAMIC_UPDATE_SLICE: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/dynamic_update_slice.cc (commit 90b983c2 of 2026-08-20).
"""

from collections.abc import Iterator

from arenafit.ir import Graph, Op
from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import (
    OperandOverlap,
    Sharing,
    constant_values,
    input_at,
    is_one_run,
    moving_input,
    strides_bytes,
)
from arenafit.kernels.since import exists_since


def first_byte(graph: Graph, op: Op) -> int | None:
    """Return where in its operand the update is written, if that is one run of bytes known beforehand."""
    operand, rows, start = (input_at(graph, op, position) for position in range(3))
    places = constant_values(start)
    if operand is None or rows is None or places is None or rows.is_constant:
        return None
    if len(rows.shape) != len(operand.shape) or not is_one_run(rows.shape, operand.shape):
        return None
    limits = [whole - part for whole, part in zip(operand.shape, rows.shape, strict=True)]
    at = [max(0, min(place, limit)) for place, limit in zip(places, limits, strict=True)]
    return sum(index * step for index, step in zip(at, strides_bytes(operand), strict=True))


def _ways(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    if moving_input(graph, op, 0) is not None:
        yield OperandOverlap(0, carried=True)
    distance_bytes = first_byte(graph, op)
    if distance_bytes is not None and moving_input(graph, op, 1) is not None:
        # Rows made where they belong: a copy onto itself, unless the operand is first copied over them.
        yield OperandOverlap(1, 0, -distance_bytes, -distance_bytes, -distance_bytes, beside=0)


KERNEL = Kernel(
    "DYNAMIC_UPDATE_SLICE",
    KernelMemory(prepare=temps(0, 1, 2), source="dynamic_update_slice.cc"),
    sharing=Sharing("copies no operand onto itself; rows are moved by memcpy", _ways),
    conditions=(
        inputs(3),
        outputs(1),
        typed("f32 f32 i32|i64 > f32", "i8 i8 i32|i64 > i8", "i16 i16 i32|i64 > i16", "i32 i32 i32|i64 > i32"),
        rank(1, 1, 2),
    ),
    since=(exists_since("2025-11-10", "62cbc8e3e"),),
)
