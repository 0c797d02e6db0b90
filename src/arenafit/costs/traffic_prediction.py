"""Predicts the bytes that one Invoke reads and writes in each tensor and scratch buffer of the arena."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arenafit.costs.control import Runs, count_runs
from arenafit.costs.core import Core
from arenafit.costs.site import OpContext
from arenafit.costs.traffic import Traffic, once
from arenafit.costs.work import op_costs
from arenafit.errors import MALFORMED
from arenafit.ir import Model, Op, OpId, TensorId


@dataclass(frozen=True, slots=True)
class ModelTraffic:
    """Bytes of one Invoke, but the first: (read, written).

    Attributes:
        tensors: of each tensor that is not constant.
        scratch: of each scratch buffer of an operator, in order of request.
        tables_bytes: read of operators' own data in the persistent part.
    """

    tensors: Mapping[TensorId, tuple[int, int]]
    scratch: Mapping[OpId, tuple[tuple[int, int], ...]]
    tables_bytes: int


def predict_traffic(
    model: Model,
    core: Core,
    scratches: Mapping[OpId, Sequence[int]],
    addresses: Mapping[TensorId, int] | None = None,
) -> ModelTraffic:
    """Return what one Invoke of `model` moves, from the shapes and loops of its kernels on `core`.

    Args:
        model: any model; an operator nothing is known of reads and writes everything once.
        core: processor and kernels.
        scratches: the sizes of each operator's scratch buffers, in order of request.
        addresses: offsets of tensors in the arena, for control flow; default: the model's offline plan.
    """
    reads: dict[TensorId, int] = {}
    writes: dict[TensorId, int] = {}
    scratch: dict[OpId, tuple[tuple[int, int], ...]] = {}
    tables = 0
    places = model.offline_plan if addresses is None else addresses
    runs = _runs(model, places)
    for index, times in runs.graphs.items():
        graph = model.graphs[index]
        for op in graph.ops if times else ():
            found = _traffic(OpContext(op, graph, core, places, model), op, scratches.get(op.id, ()))
            for operand, moved in zip(op.inputs, found.reads, strict=False):
                if operand is not None:
                    reads[operand] = reads.get(operand, 0) + times * moved
            for output, moved in zip(op.outputs, found.writes, strict=False):
                writes[output] = writes.get(output, 0) + times * moved
            scratch[op.id] = tuple((times * read, times * written) for read, written in found.scratch)
            tables += times * found.tables
    tensors = {key: (reads.get(key, 0), writes.get(key, 0)) for key in {**reads, **writes}}
    return ModelTraffic(tensors, scratch, tables)


def _runs(model: Model, addresses: Mapping[TensorId, int] | None) -> Runs:
    if not any(op.subgraphs for graph in model.graphs for op in graph.ops):
        return Runs({0: 1})
    return count_runs(model, addresses)


def _traffic(site: OpContext, op: Op, scratches: Sequence[int]) -> Traffic:
    rule = op_costs().get(op.name)
    try:
        if rule is not None and rule.traffic is not None:
            return rule.traffic(site, scratches)
    except MALFORMED:
        pass  # operands no kernel takes: once is as good as anything
    return once(site, scratches)
