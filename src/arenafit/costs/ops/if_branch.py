"""IF: invokes one of two graphs, copying tensors whose addresses differ in and out.

Mirrors micro/kernels/if.cc of tflite-micro 90b983c2.
"""

from collections.abc import Sequence

from arenafit.costs.memcpy import memcpy
from arenafit.costs.site import OpContext
from arenafit.costs.work import Flow, GraphRuns, KernelWork, OpCost, Walk
from arenafit.ir import Graph, Op, TensorId


def _copied(site: OpContext, source: Sequence[TensorId], target: Sequence[TensorId]) -> int:
    tensors = site.graph.by_id if site.model is None else site.model.tensors
    return sum(
        memcpy(tensors[second].size_bytes, site.core)
        for first, second in zip(source, target, strict=False)
        if not site.shares_memory(first, second)
    )


def _work(site: OpContext) -> KernelWork:
    # Both branches are taken to copy alike: their tensors have the same sizes.
    branch = site.subgraph("then_subgraph_index")
    inputs = site.op.operands[1:]
    copied = _copied(site, inputs, branch.inputs) + _copied(site, branch.outputs, site.op.outputs)
    return KernelWork("IF", {"memcpy": copied, "pair": len(inputs) + len(site.op.outputs), "call": 1})


def _follow(walk: Walk, graph: Graph, op: Op) -> GraphRuns:
    given = walk.given(op)
    flag = walk.value(graph, op.operands[0])
    if given is None and flag is None:
        walk.give_up(graph, op, "the branch depends on data: it must be given (1: then, 0: else)")
        return
    taken = bool(given) if flag is None or given is not None else bool(flag.ravel()[0])
    index = op.subgraphs[0 if taken else 1]
    branch = walk.graph(index)
    walk.copy(op.operands[1:], branch.inputs)
    yield index
    walk.copy(branch.outputs, op.outputs)


def _flow(site: OpContext) -> Flow:
    copies: list[tuple[TensorId, TensorId]] = []
    for name in ("then_subgraph_index", "else_subgraph_index"):
        branch = site.subgraph(name)
        copies += zip(site.op.operands[1:], branch.inputs, strict=False)
        copies += zip(branch.outputs, site.op.outputs, strict=False)
    return Flow(site.op.operands[:1], tuple(copies))


COST = OpCost(("IF",), _work, follow=_follow, flow=_flow)
