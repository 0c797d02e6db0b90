"""SLICE: nothing is kept between calls.

Mirrors tensorflow/lite/micro/kernels/slice.cc (commit 90b983c2 of 2026-08-20).
"""

from collections.abc import Iterator

from arenafit.ir import Graph, Op
from arenafit.kernels._extents import one_index_type
from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, ValueRange, temps
from arenafit.kernels.sharing import (
    OperandOverlap,
    Sharing,
    constant_values,
    input_at,
    is_one_run,
    moving_input,
    strides_bytes,
)


def first_byte(graph: Graph, op: Op) -> int | None:
    """Return the bytes from the operand's start to the first element taken; None if that is known only at run time."""
    source = input_at(graph, op, 0)
    starts = constant_values(input_at(graph, op, 1))
    if source is None or starts is None or len(starts) != len(source.shape):
        return None
    return sum(start * step for start, step in zip(starts, strides_bytes(source), strict=True))


def _ways(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    source, distance_bytes = moving_input(graph, op, 0), first_byte(graph, op)
    if source is None or distance_bytes is None:
        return
    shape = graph.outputs_of(op)[0].shape
    whole_run = len(shape) == len(source.shape) and is_one_run(shape, source.shape)
    wanted_bytes = distance_bytes if whole_run else None
    yield OperandOverlap(0, 0, None, distance_bytes, wanted_bytes, same_content=whole_run)


def _begins(graph: Graph, op: Op, position: int) -> ValueRange | None:
    source = input_at(graph, op, 0)
    if position != 1 or source is None:
        return None
    made = graph.outputs_of(op)[0].shape
    return ValueRange(
        0, min((whole - part for whole, part in zip(source.shape, made, strict=False)), default=0), strict=True
    )


KERNEL = Kernel(
    "SLICE",
    KernelMemory(prepare=temps(0, 1, 2), source="slice.cc"),
    sharing=Sharing("moves element by element, forward", _ways),
    conditions=(
        inputs(3),
        outputs(1),
        typed(
            "f32 i32|i64 i32|i64 > f32",
            "i32 i32|i64 i32|i64 > i32",
            "i8 i32|i64 i32|i64 > i8",
            "i16 i32|i64 i32|i64 > i16",
            "bool i32|i64 i32|i64 > bool",
        ),
        rank(0, 5, 0),
        rank(1, 1, 1, 2),
        one_index_type,
    ),
    accepts=_begins,
)
