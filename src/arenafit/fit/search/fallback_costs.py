"""Operators without a measured price: counted roughly, and named wherever their figure is shown."""

from collections.abc import Iterable

from arenafit.costs import Core, Cost, estimate, macs
from arenafit.ir import Graph, Model, Op

# An operator that nobody measured, by what plain kernels take.
_PER_MAC, _PER_ELEMENT = 8, 40


def rough_instructions(model: Model, cost: Cost) -> int:
    """Return roughly what the operators take that `cost`, an estimate of `model`, has no price for."""
    unpriced = {op.id for op, _ in cost.uncovered}
    if not unpriced:
        return 0
    runs = dict.fromkeys(range(len(model.graphs)), 1)
    for op in model.main.ops:
        runs |= dict.fromkeys(op.subgraphs, cost.iterations.get(op.id, 1))
    return sum(
        runs[index] * _of_one(graph, op)
        for index, graph in enumerate(model.graphs)
        for op in graph.ops
        if op.id in unpriced
    )


def roughly_counted(models: Iterable[Model], core: Core) -> tuple[str, ...]:
    """Return the names of operators in `models` that `core` has no price for, each once, in alphabetical order."""
    return tuple(sorted({op.code.label for model in models for op, _ in estimate(model, core).uncovered}))


def _of_one(graph: Graph, op: Op) -> int:
    made = sum(graph.tensor(output).elements for output in op.outputs)
    return _PER_MAC * macs(op, graph) + _PER_ELEMENT * made
