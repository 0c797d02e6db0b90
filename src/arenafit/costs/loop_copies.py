"""What WHILE copied onto itself before TFLM of 2026-07-20 (commit 8f1f3b262): every carried tensor, wherever it stands.

Later kernels leave alone what stands in place (micro/kernels/kernel_util.cc); older ones called memcpy for it all the
same: twice as the loop begins, and three times in each trip.
"""

from collections.abc import Mapping

from arenafit.costs.core import Core
from arenafit.costs.memcpy import memcpy
from arenafit.ir import Model, OpId


def copies_in_place(model: Model, iterations: Mapping[OpId, int], core: Core) -> int:
    """Return the instructions of those copies in one Invoke; `iterations` of each loop in main, 1 if unsaid."""
    at = model.offline_plan or {}
    found = 0
    for op in model.main.ops:
        if op.name != "WHILE" or len(op.subgraphs) != 2:
            continue
        cond, body = (model.graphs[index] for index in op.subgraphs)
        once = ((op.operands, cond.inputs), (op.operands, op.outputs))
        each = ((op.outputs, body.inputs), (body.outputs, op.outputs), (op.outputs, cond.inputs))
        for pairs, times in ((once, 1), (each, iterations.get(op.id, 1))):
            for sources, targets in pairs:
                for source, target in zip(sources, targets, strict=False):
                    if source in at and at[source] == at.get(target):
                        found += times * memcpy(model.tensors[source].size_bytes, core)
    return found
