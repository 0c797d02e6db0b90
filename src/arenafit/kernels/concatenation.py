"""CONCATENATION: ConcatenationParams kept; its Prepare looks at the first operand twice.

Mirrors tensorflow/lite/micro/kernels/concatenation.cc and tensorflow/lite/kernels/internal/reference/concatenation.h
(commit 90b983c2 of 2026-08-20).
"""

from collections.abc import Iterator
from math import prod

import numpy as np

from arenafit.ir import DType, Graph, Op
from arenafit.kernels._scales import agreeing_all
from arenafit.kernels._write_behind import behind
from arenafit.kernels.conditions import no_more_inputs, not_activated, outputs, rank, symmetric, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.sharing import OperandOverlap, Sharing, axis_of, joined, moving_input
from arenafit.targets.abi import ENUM, FLOAT, INT, INT32, POINTER, array, struct

_PARAMS = struct(INT32, POINTER, POINTER, INT32, INT32, FLOAT)
_MAX_INPUTS = 10  # kMaxInputNum
_NO_SCALES_SINCE = "2024-12-16"  # 50e7e5dbd: what no 8-bit kernel reads is no longer kept


def _prepare(requests: Requests) -> None:
    requests.temps(0)
    requests.temps(*range(len(requests.op.inputs)), outputs=())
    if requests.before(_NO_SCALES_SINCE) and requests.has_type(requests.output(0), DType.INT8):
        requests.temp_output(0)
        for what in ("scales", "zero points"):
            requests.persistent(4 * len(requests.op.inputs), f"{what} of the operands")


def _behind_an_operand(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    """Yield a way for each operand: when a piece of it is copied, the output so far, that copy too, lies before it."""
    output = graph.outputs_of(op)[0]
    axis = axis_of(op, len(output.shape))
    times = prod(output.shape[:axis])
    if axis is None or times < 2 or not output.elements or output.dtype.bits % 8:
        return
    # What lies between goes evenly from the first run to the last: one of the two decides.
    step, before = np.array([0, times - 1], np.int64), 0
    for position, operand in enumerate(graph.inputs_of(op)):
        if operand is None or operand.dtype is not output.dtype:
            return
        piece = operand.size_bytes // times
        if moving_input(graph, op, position) is not None and piece:
            yield from behind(step * piece, step * (output.size_bytes // times) + before + piece, operand=position)
        before += piece


def _ways(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    yield from joined(graph, op)
    yield from _behind_an_operand(graph, op)


KERNEL = Kernel(
    "CONCATENATION",
    KernelMemory(
        init=_PARAMS,
        init_compression=struct(_PARAMS, array(INT, _MAX_INPUTS)),
        prepare=_prepare,
        source="concatenation.cc",
    ),
    builtin=struct(INT, ENUM),
    sharing=Sharing("memcpy of each operand, onto itself or to places it has left", _ways),
    conditions=(
        outputs(1),
        not_activated,
        typed("f32 * > f32", "i8 * > i8", "i16 * > i16", "i32 * > i32", "i64 * > i64", "bool * > bool"),
        no_more_inputs(10),
        rank(1, 6, 0),
        agreeing_all,
        symmetric(0),
    ),
)
