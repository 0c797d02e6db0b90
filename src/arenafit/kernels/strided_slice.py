"""STRIDED_SLICE: StridedSliceParams kept.

Mirrors tensorflow/lite/micro/kernels/strided_slice_common.cc (commit 90b983c2 of 2026-08-20).
"""

from collections.abc import Iterator
from math import prod

from arenafit.ir import Graph, Op
from arenafit.kernels._extents import exact_shape, no_new_axes
from arenafit.kernels.conditions import constant, inputs, outputs, rank, typed
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
from arenafit.targets.abi import BOOL, INT, INT8, INT16, INT32, array, struct


def _view(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    source, options = moving_input(graph, op, 0), op.options
    begin, end, strides = (constant_values(input_at(graph, op, position)) for position in (1, 2, 3))
    if source is None or options is None or begin is None or end is None or strides is None:
        return
    odd = options.get("ellipsis_mask") or options.get("new_axis_mask") or any(step != 1 for step in strides)
    if odd or not len(begin) == len(end) == len(source.shape):
        return
    starts, extents = [], []
    for axis, size in enumerate(source.shape):
        start = 0 if options.get("begin_mask", 0) >> axis & 1 else _clamped(begin[axis], size)
        stop = size if options.get("end_mask", 0) >> axis & 1 else _clamped(end[axis], size)
        shrinks = options.get("shrink_axis_mask", 0) >> axis & 1
        starts.append(start)
        extents.append(1 if shrinks else stop - start)
    output = graph.outputs_of(op)[0]
    if prod(extents) != output.elements or not is_one_run(tuple(extents), source.shape):
        return
    at = sum(start * step for start, step in zip(starts, strides_bytes(source), strict=True))
    yield OperandOverlap(0, 0, at, at, at, same_content=True)


def _clamped(index: int, size: int) -> int:
    return min(size, max(0, index + size if index < 0 else index))


KERNEL = Kernel(
    "STRIDED_SLICE",
    KernelMemory(
        init=struct(*[INT8, array(INT32, 5)] * 3, array(INT16, 5), BOOL),
        prepare=temps(0, 1, 2, 3),
        source="strided_slice_common.cc",
    ),
    builtin=struct(array(INT, 5), BOOL),
    sharing=Sharing("memcpy of each row onto itself", _view),
    conditions=(
        inputs(4),
        outputs(1),
        typed(
            "f32 i32 i32 i32 > f32",
            "i8 i32 i32 i32 > i8",
            "i16 i32 i32 i32 > i16",
            "i32 i32 i32 i32 > i32",
            "bool i32 i32 i32 > bool",
        ),
        rank(0, 5, 0),
        constant(1, 2, 3),
        exact_shape,
        no_new_axes,
    ),
)
