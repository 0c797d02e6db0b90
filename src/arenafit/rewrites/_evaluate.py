"""Evaluates operators on constants: those that only move values, and integer arithmetic on plain integers.

Nothing here computes with floating-point numbers, so equality with every kernel is a matter of indices alone.
"""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from arenafit import ops
from arenafit.ir import Op, TensorId
from arenafit.ops import Operands
from arenafit.rewrites._sites import Site

Array = NDArray[Any]


def can_evaluate(op: Op) -> bool:
    """Whether there is a rule for such operators."""
    operator = ops.find(op.code)
    return operator is not None and operator.evaluate is not None


def evaluate(site: Site, op: Op, known: Mapping[TensorId, Array]) -> list[Array] | None:
    """Return the outputs of `op` given the `known` tensors, or None if it cannot be evaluated with certainty."""
    operator = ops.find(op.code)
    if operator is None or operator.evaluate is None:
        return None
    if operator.reads_shape_only:
        operands: list[Array] = []
    elif len(op.operands) == len(op.inputs) and all(operand in known for operand in op.operands):
        operands = [known[operand] for operand in op.operands]
    else:
        return None
    try:
        found = operator.evaluate(Operands(op, site.graph), operands)
    except (ValueError, IndexError):
        # numpy refuses the operands (a zero stride, an axis that is not there): the runtime is the one to say so.
        return None
    outputs = site.graph.outputs_of(op)
    if found is None or len(found) != len(outputs):
        return None
    for value, tensor in zip(found, outputs, strict=True):
        if tensor.dtype.numpy_name is None or value.shape != tensor.shape or value.dtype != tensor.dtype.numpy:
            return None
    return found
