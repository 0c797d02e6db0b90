"""WHILE: invokes its condition and body, copying carried tensors whose addresses differ.

Mirrors micro/kernels/while.cc and kernel_util.cc of tflite-micro 90b983c2: two copies of each carried tensor on entry,
three in each iteration, each preceded by computing both sizes, and skipped where both lie at one address.
"""

from collections.abc import Sequence

from arenafit.costs.memcpy import memcpy
from arenafit.costs.site import OpContext
from arenafit.costs.work import Flow, GraphRuns, KernelWork, OpCost, Walk
from arenafit.ir import Graph, Op, TensorId

# More than any plan needs; a loop that runs longer is taken as undetermined.
_MAX_ITERATIONS = 20_000


def _copied(site: OpContext, source: Sequence[TensorId], target: Sequence[TensorId]) -> int:
    tensors = site.graph.by_id if site.model is None else site.model.tensors
    return sum(
        memcpy(tensors[second].size_bytes, site.core)
        for first, second in zip(source, target, strict=False)
        if not site.shares_memory(first, second)
    )


def _work(site: OpContext) -> KernelWork:
    cond, body = site.subgraph("cond_subgraph_index"), site.subgraph("body_subgraph_index")
    inputs, outputs = site.op.operands, site.op.outputs
    entry = _copied(site, inputs, cond.inputs) + _copied(site, inputs, outputs)
    turn = _copied(site, outputs, body.inputs) + _copied(site, body.outputs, outputs)
    turn += _copied(site, outputs, cond.inputs)
    terms = {
        "memcpy": entry + site.iterations * turn,
        "iteration": site.iterations,
        "carrying_iteration": site.iterations * (len(inputs) > 0),
        "carried": len(inputs),
        "carried_iteration": site.iterations * len(inputs),
        "call": 1,
    }
    return KernelWork("WHILE", terms)


def _follow(walk: Walk, graph: Graph, op: Op) -> GraphRuns:
    cond_index, body_index = op.subgraphs[0], op.subgraphs[1]
    cond, body = walk.graph(cond_index), walk.graph(body_index)
    given = walk.given(op)
    if given is not None and walk.repeat(op, given, given + 1):
        return

    def goes_on(turns: int) -> bool | None:
        flag = walk.value(cond, cond.outputs[0])
        if given is not None:
            return turns < given
        return None if flag is None else bool(flag.ravel()[0])

    walk.copy(op.operands, cond.inputs)
    walk.copy(op.operands, op.outputs)
    yield cond_index
    turns = 0
    while goes_on(turns):
        if turns == _MAX_ITERATIONS:
            walk.give_up(graph, op, f"the loop still runs after {_MAX_ITERATIONS:,} iterations")
            return
        walk.copy(op.outputs, body.inputs)
        yield body_index
        walk.copy(body.outputs, op.outputs)
        walk.copy(op.outputs, cond.inputs)
        yield cond_index
        turns += 1
    walk.add_iterations(op, turns)
    if goes_on(turns) is None:
        walk.give_up(graph, op, "the condition depends on data: its iterations must be given as a trip count")


def _flow(site: OpContext) -> Flow:
    cond, body = site.subgraph("cond_subgraph_index"), site.subgraph("body_subgraph_index")
    inputs, outputs = site.op.operands, site.op.outputs
    copies = (
        *zip(inputs, cond.inputs, strict=False),
        *zip(inputs, outputs, strict=False),
        *zip(outputs, body.inputs, strict=False),
        *zip(body.outputs, outputs, strict=False),
        *zip(outputs, cond.inputs, strict=False),
    )
    return Flow(cond.outputs[:1], copies)


COST = OpCost(("WHILE",), _work, follow=_follow, flow=_flow)
