"""GATHER: the output's dimensions are copied to the tail.

Mirrors tensorflow/lite/micro/kernels/gather.cc (commit 90b983c2 of 2026-08-20).
"""

from collections.abc import Iterator

from arenafit.ir import DType, Graph, Op
from arenafit.kernels._accepted import index_into
from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.sharing import OperandOverlap, Sharing, axis_of, constant_values, input_at, moving_input
from arenafit.targets.abi import INT, struct


def _prepare(requests: Requests) -> None:
    requests.temps(0, 1)
    source, positions = requests.shape(requests.needed_input(0)), requests.shape(requests.needed_input(1))
    axis, batches = requests.option("axis", 0), requests.option("batch_dims", 0)
    axis += len(source) if axis < 0 else 0
    batches += len(positions) if batches < 0 else 0
    requests.writable_output_dims(0, (*source[:axis], *positions[batches:], *source[axis + 1 :]))


def _upward(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    source, rows = moving_input(graph, op, 0), input_at(graph, op, 1)
    taken = constant_values(rows)
    axis = None if source is None else axis_of(op, len(source.shape))
    if source is None or axis is None or rows is None or taken is None or rows.dtype is not DType.INT32:
        return
    in_one_block = all(extent == 1 for extent in source.shape[:axis])
    if in_one_block and all(row >= position for position, row in enumerate(taken)):
        yield OperandOverlap(0, carried=True)


KERNEL = Kernel(
    "GATHER",
    KernelMemory(prepare=_prepare, source="gather.cc"),
    builtin=struct(INT, INT),
    sharing=Sharing("memcpy row by row, upward, each row from its own place or a later one", _upward),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 i32 > f32", "i8 i32 > i8"),
    ),
    accepts=index_into(1, 0, "axis"),
)
