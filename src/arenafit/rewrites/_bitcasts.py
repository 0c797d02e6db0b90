"""Operators that copy their input unchanged, byte for byte and in order: the output is the input by another shape."""

from arenafit import ops
from arenafit.ir import DType, Op, same_values
from arenafit.ops import Operands
from arenafit.rewrites._sites import Site


def is_view(site: Site, op: Op) -> bool:
    """Whether `op` copies its first input to its one output, both with equal values for equal bytes."""
    operator = ops.find(op.code)
    if operator is None or operator.is_bitcast is None:
        return False
    if len(op.outputs) != 1 or not op.inputs or op.inputs[0] is None:
        return False
    source, result = site.input(op), site.output(op)
    plain = source.elements == result.elements and same_values(source, result) and source.dtype is not DType.STRING
    # Scales along a dimension would have to move with it.
    per_channel = source.quant is not None and len(source.quant.scales) > 1
    there = min((*source.shape, *result.shape), default=1) > 0
    return plain and not per_channel and there and operator.is_bitcast(Operands(op, site.graph))


def is_identity(site: Site, op: Op) -> bool:
    """Whether `op` is a view that even keeps the shape."""
    return is_view(site, op) and site.input(op).shape == site.output(op).shape


def is_identity_for_finite(site: Site, op: Op) -> bool:
    """Whether `op` computes with floats and leaves every finite one as it is, the sign of zero included.

    TFLM's float kernels bound their results by the largest finite numbers (CalculateActivationRange of
    tensorflow/lite/kernels/kernel_util.h, commit 90b983c2): what comes in infinite goes out finite.
    """
    operator = ops.find(op.code)
    if operator is None or operator.keeps_finite is None:
        return False
    if len(op.outputs) != 1 or not op.inputs or op.inputs[0] is None:
        return False
    source, result = site.input(op), site.output(op)
    alike = source.dtype is result.dtype is DType.FLOAT32 and source.shape == result.shape
    there = min(source.shape, default=1) > 0
    return alike and there and operator.keeps_finite(Operands(op, site.graph))


def reads_flat(site: Site, op: Op) -> bool:
    """Whether `op` is a FULLY_CONNECTED that takes its input's elements in order, whatever the shape."""
    if op.name != "FULLY_CONNECTED" or len(op.outputs) != 1:
        return False
    weights = site.input(op, 1)
    keeps_shape = op.options is not None and op.options.get("keep_num_dims")
    if keeps_shape or len(weights.shape) != 2 or not weights.shape[1]:
        return False
    return site.output(op).shape == (site.input(op).elements // weights.shape[1], weights.shape[0])
