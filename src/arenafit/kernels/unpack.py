"""UNPACK: parameters only.

Mirrors tensorflow/lite/micro/kernels/unpack.cc (commit 90b983c2 of 2026-08-20).
"""

from collections.abc import Iterator
from math import prod

from arenafit.ir import DType, Graph, Op
from arenafit.kernels.conditions import inputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory
from arenafit.kernels.sharing import OperandOverlap, Sharing, axis_of, input_at, moving_input, parts_of
from arenafit.kernels.since import type_since
from arenafit.targets.abi import INT, struct


def _views(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    whole = input_at(graph, op, 0)
    axis = None if whole is None else axis_of(op, len(whole.shape))
    if whole is None or axis is None:
        return
    yield from parts_of(graph, op, 0, axis)
    if moving_input(graph, op, 0) is not None and prod(whole.shape[:axis]) > 1:
        # The last output is written when all others have been; what it reads is never before what it writes.
        yield OperandOverlap(0, len(op.outputs) - 1)


KERNEL = Kernel(
    "UNPACK",
    KernelMemory(source="unpack.cc"),
    builtin=struct(INT, INT),
    sharing=Sharing("copies each element onto itself, or the outputs one after another, upward", _views),
    conditions=(
        inputs(1),
        typed("f32 > f32 *", "i32 > i32 *", "i16 > i16 *", "i8 > i8 *"),
    ),
    since=(type_since(DType.INT16, "2025-03-17", "39209b412"),),
)
