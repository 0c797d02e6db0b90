"""CUMSUM: quantised, OpData is kept.

Mirrors tensorflow/lite/micro/kernels/cumsum.cc (commit 90b983c2 of 2026-08-20).
"""

from collections.abc import Iterator

from arenafit.ir import DType, Graph, Op
from arenafit.kernels._extents import same_shape
from arenafit.kernels.conditions import inputs, outputs, rank, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.sharing import OperandOverlap, Sharing, elementwise
from arenafit.targets.abi import BOOL, INT, INT32, array, struct

_OP_DATA = struct(array(INT32, 6), array(INT, 3))


def _prepare(requests: Requests) -> None:
    requests.temps(0, 1)
    if requests.has_type(requests.output(0), DType.INT8):
        requests.persistent_struct(_OP_DATA)


def _in_place(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    # An exclusive float sum is written before the element it stands in for is read.
    if op.options is None or not op.options.get("exclusive"):
        yield from elementwise(0)(graph, op)


KERNEL = Kernel(
    "CUMSUM",
    KernelMemory(prepare=_prepare, source="cumsum.cc"),
    builtin=struct(BOOL, BOOL),
    sharing=Sharing("element i is read before it is written, unless the sum excludes it", _in_place),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 i32 > f32", "i8 i32 > i8"),
        rank(1, 8, 0),
        same_shape,
        scaled(0),
    ),
)
