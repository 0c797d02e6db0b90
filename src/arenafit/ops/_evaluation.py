"""Evaluating operators on constants: those that only move values, and integer arithmetic on plain integers.

Nothing here computes with floating-point numbers, so equality with every kernel is a matter of indices alone.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, same_quant
from arenafit.ops.protocol import Operands

NO_ACTIVATION = 0
Array = NDArray[Any]
Evaluator = Callable[[Operands, list[Array]], list[Array] | None]


def same_quant_as_output(operands: Operands, inputs: int) -> bool:
    """Whether the first so many operands and all outputs store a real number as the same integer."""
    outputs = operands.graph.outputs_of(operands.op)
    read = [operands.needed_input(position) for position in range(inputs)]
    return all(same_quant(tensor.quant, output.quant) for tensor in read for output in outputs)


def moves_only(operands: Operands) -> bool:
    """Whether an operator that moves values keeps what they stand for."""
    return same_quant_as_output(operands, len(operands.op.inputs))


def reshaped(operands: Operands, values: list[Array]) -> list[Array] | None:
    shape = operands.needed_output().shape
    if any(extent < 0 for extent in shape) or values[0].size != int(np.prod(shape, dtype=np.int64)):
        return None
    return [values[0].reshape(shape)]


def integer_arithmetic(function: Callable[[Array, Array], Array]) -> Evaluator:
    def evaluator(operands: Operands, values: list[Array]) -> list[Array] | None:
        if not _plain_integers(operands) or operands.number("fused_activation_function") != NO_ACTIVATION:
            return None
        return _fitting(function(values[0].astype(object), values[1].astype(object)), values[0].dtype)

    return evaluator


def integer_reduction(function: Callable[[Array, tuple[int, ...], bool], Array]) -> Evaluator:
    """Return the rule of an operator that reduces operand 0 along the axes in operand 1: all of plain integers."""

    def evaluator(operands: Operands, values: list[Array]) -> list[Array] | None:
        if not _plain_integers(operands):
            return None
        axes = tuple(sorted({int(axis) for axis in values[1].flat}))
        return _fitting(function(values[0].astype(object), axes, bool(operands.option("keep_dims"))), values[0].dtype)

    return evaluator


def _plain_integers(operands: Operands) -> bool:
    tensors = [*operands.graph.inputs_of(operands.op), *operands.graph.outputs_of(operands.op)]
    return all(
        tensor is not None and tensor.dtype in (DType.INT32, DType.INT64) and not (tensor.quant and tensor.quant.scales)
        for tensor in tensors
    )


def _fitting(wide: Array, dtype: np.dtype[Any]) -> list[Array] | None:
    limits = np.iinfo(dtype)
    if any(not limits.min <= int(value) <= limits.max for value in np.asarray(wide).flat):
        return None
    return [np.asarray(wide).astype(dtype)]
