"""ADD_N: an array of pointers to the operands as scratch; quantised, OpData is kept.

Mirrors tensorflow/lite/micro/kernels/add_n.cc (commit 90b983c2 of 2026-08-20).
"""

from collections.abc import Iterator

from arenafit.ir import DType, Graph, Op
from arenafit.kernels._extents import same_operands
from arenafit.kernels.conditions import inputs, outputs, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.sharing import OperandOverlap, Sharing, SharingRule, elementwise
from arenafit.targets.abi import INT, INT32, POINTER, array, struct

_OP_DATA = struct(array(INT32, 6), array(INT, 4))


def _prepare(requests: Requests) -> None:
    count = len(requests.op.inputs)
    requests.temps(0)
    requests.temps(*range(1, count), outputs=())
    if requests.has_type(requests.output(0), DType.INT8):
        requests.persistent_struct(_OP_DATA)
    requests.scratch(count * POINTER.size_bytes(requests.abi), "pointers to the operands")


def _any_operand(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    rule: SharingRule = elementwise(*range(len(op.inputs)))
    yield from rule(graph, op)


KERNEL = Kernel(
    "ADD_N",
    KernelMemory(prepare=_prepare, source="add_n.cc"),
    sharing=Sharing("element i of every operand is read before element i is written", _any_operand),
    conditions=(
        inputs(2, 1000),
        outputs(1),
        typed("f32 * > f32", "i8 * > i8"),
        scaled(0),
        same_operands,
    ),
)
