"""Which int8 tensors are never below their zero point: requantising negative products takes TFLM's loops longer."""

from arenafit import ops
from arenafit.costs.site import OpContext
from arenafit.ir import Graph, Op, Tensor
from arenafit.ops.facts import ALL_OPERANDS

_RELU, _RELU6 = 1, 3
_DEPTH = 8  # operators looked back through


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
    operator = ops.find(op.code)
    if operator is None:
        return False
    activation = 0 if op.options is None else dict(op.options.values).get("fused_activation_function", 0)
    if activation in (_RELU, _RELU6) or operator.fused_as in (_RELU, _RELU6):
        return True
    operands = graph.inputs_of(op)
    data = operands if operator.moves == ALL_OPERANDS else [operands[index] for index in operator.moves]
    return bool(data) and all(tensor is not None and _never_negative(graph, tensor, depth - 1) for tensor in data)
