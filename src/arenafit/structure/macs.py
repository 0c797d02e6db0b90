"""Multiply-accumulates of the operators with weights, the figure that papers compare architectures by."""

from arenafit.ir import Graph, Model, Op
from arenafit.ops import Family, family_of

# Each output element takes so many products: all but the first axis of the weights, the first of a depthwise one's
# being 1 and its last the output channels.
_PER_OUTPUT_AXES = {Family.CONVOLUTION: (1, 2, 3), Family.DEPTHWISE: (1, 2), Family.DENSE: (1,)}


def macs(model: Model) -> int:
    """Return the multiply-accumulates of one pass through the main graph."""
    return sum(_of(model.main, op) for op in model.main.ops)


def _of(graph: Graph, op: Op) -> int:
    axes = _PER_OUTPUT_AXES.get(family) if (family := family_of(op)) else None
    if axes is None or len(op.operands) < 2:
        return 0
    weights = graph.by_id[op.operands[1]]
    if len(weights.shape) <= max(axes):
        return 0
    products = 1
    for axis in axes:
        products *= weights.shape[axis]
    return graph.by_id[op.outputs[0]].elements * products
