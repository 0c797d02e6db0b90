"""SPLIT: parameters only.

Mirrors tensorflow/lite/micro/kernels/split.cc (commit 90b983c2 of 2026-08-20).
"""

from collections.abc import Iterator

from arenafit.ir import Graph, Op
from arenafit.kernels.conditions import constant, inputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import OperandOverlap, Sharing, constant_values, first_part, input_at, parts_of
from arenafit.targets.abi import INT, struct


def _views(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    axis = constant_values(input_at(graph, op, 0))
    whole = input_at(graph, op, 1)
    if axis and whole is not None and whole.shape:
        yield from parts_of(graph, op, 1, axis[0] % len(whole.shape))
        yield from first_part(graph, op, 1, axis[0] % len(whole.shape))


KERNEL = Kernel(
    "SPLIT",
    KernelMemory(prepare=temps(0, outputs=()), source="split.cc"),
    builtin=struct(INT),
    sharing=Sharing("copies each element onto itself, or block by block, the first part first", _views),
    conditions=(
        inputs(2),
        typed("i32 f32 > f32 *", "i32 i8 > i8 *", "i32 i16 > i16 *", "i32 i32 > i32 *"),
        constant(0),
    ),
)
