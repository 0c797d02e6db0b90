"""Which int8 tensors are never below their zero point: requantising negative products takes TFLM's loops longer."""

from arenafit.costs.site import OpContext
from arenafit.ir import Graph, Op, Tensor

_RELU, _RELU6 = 1, 3
_DEPTH = 8  # operators looked back through
# Operators that only move values, and which operands those are in; None: all of them.
_MOVES: dict[str, tuple[int, ...] | None] = {
    "SLICE": (0,), "STRIDED_SLICE": (0,), "GATHER": (0,), "RESHAPE": (0,), "PAD": (0,), "MAX_POOL_2D": (0,),
    "SPLIT": (1,), "SPLIT_V": (0,), "DYNAMIC_UPDATE_SLICE": (0, 1), "CONCATENATION": None,
}  # fmt: skip


def never_negative(site: OpContext, index: int) -> bool:
    """Whether every value of quantised operand `index` is known to be its zero point or more."""
    return _never_negative(site.graph, site.operand(index), _DEPTH)


def _never_negative(graph: Graph, tensor: Tensor, depth: int) -> bool:
    quant = None if tensor.quant is None else tensor.quant.per_tensor
    if quant is None:
        return False
    if tensor.is_constant:
        return bool((tensor.array() >= quant[1]).all())
    if quant[1] <= -(1 << (tensor.dtype.bits - 1)):
        return True
    made_by = graph.producers.get(tensor.id)
    return made_by is not None and depth > 0 and _makes_none(graph, made_by, depth)


def _makes_none(graph: Graph, op: Op, depth: int) -> bool:
    activation = 0 if op.options is None else dict(op.options.values).get("fused_activation_function", 0)
    if activation in (_RELU, _RELU6) or op.name in ("RELU", "RELU6"):
        return True
    if op.name not in _MOVES:
        return False
    indices = _MOVES[op.name]
    operands = graph.inputs_of(op)
    data = operands if indices is None else [operands[index] for index in indices]
    return all(tensor is not None and _never_negative(graph, tensor, depth - 1) for tensor in data)
