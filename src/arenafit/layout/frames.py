"""What a model that is fed by rows keeps from one Invoke of a frame to the next.

Its main graph ends with an IF whose second branch runs in the last Invoke of a frame. Until then everything matters
that an operator finds as an earlier Invoke left it; the outputs matter from when they are made to the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from arenafit.ir import Graph, Model, OpId, TensorId, feed_of

# From an operator (None: from the start) to an operator (None: to the end).
Span = tuple[OpId | None, OpId | None]


@dataclass(frozen=True, slots=True)
class Frame:
    """When the content of tensors matters of which the operators of their graph say too little.

    `rest` is the graph that runs in a frame's last Invoke, `closing` the operator that runs it.
    """

    rest: int
    closing: OpId
    spans: Mapping[TensorId, tuple[Span, ...]]


def frame_of(model: Model) -> Frame | None:
    """Return what a model keeps from Invoke to Invoke; None if it is not fed by rows."""
    feed = feed_of(model)
    main = model.main
    if feed is None or not main.ops or main.ops[-1].name != "IF" or len(main.ops[-1].subgraphs) != 2:
        return None
    closing = main.ops[-1]
    rest = model.graphs[closing.subgraphs[1]]
    spans: dict[TensorId, tuple[Span, ...]] = {}
    rows = main.inputs[feed.position]
    for tensor in main.tensors:
        kept = tensor.id in main.inputs or tensor.id not in main.producers or _found(main, tensor.id)
        if not tensor.is_constant and tensor.id != rows and kept:
            spans[tensor.id] = ((None, closing.id),)
    plan = model.offline_plan or {}
    for output in main.outputs:
        alike = (plan.get(output), main.tensor(output).size_bytes)
        made = (
            op.id
            for op in reversed(rest.ops)
            for tensor in rest.outputs_of(op)
            if (plan.get(tensor.id), tensor.size_bytes) == alike
        )
        # What no operator of the last Invoke makes was made row by row, from the first one on.
        spans[output] = ((next(made, None), None),)
    return Frame(closing.subgraphs[1], closing.id, spans)


def _found(graph: Graph, tensor: TensorId) -> bool:
    """Whether an operator reads the tensor before any has made it in this Invoke."""
    for op in graph.ops:
        if tensor in op.operands:
            return True
        if tensor in op.outputs:
            return False
    return False
