"""Operators that compute element by element, or channel by channel: labels pass, those of two operands are joined."""

import numpy as np

from arenafit.ir import Op
from arenafit.structure.labelling.rule import Labelled, Labelling, Labels

_PASS = (
    "ABS", "CAST", "CEIL", "COS", "DEQUANTIZE", "ELU", "EXP", "FLOOR", "HARD_SWISH", "LEAKY_RELU", "LOG", "LOGISTIC",
    "NEG", "QUANTIZE", "RELU", "RELU6", "RELU_N1_TO_1", "ROUND", "RSQRT", "SIN", "SQRT", "SQUARE", "TANH",
    "MAX_POOL_2D", "AVERAGE_POOL_2D", "L2_POOL_2D", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR",
)  # fmt: skip
_JOIN = ("ADD", "DIV", "MAXIMUM", "MINIMUM", "MUL", "PRELU", "SQUARED_DIFFERENCE", "SUB")
# They look at all of the last axis together.
_WHOLE = ("SOFTMAX", "LOG_SOFTMAX", "L2_NORMALIZATION")
# Windows move along these axes.
_WINDOWED = frozenset({"MAX_POOL_2D", "AVERAGE_POOL_2D", "L2_POOL_2D", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"})


def _same(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    labels = labelling.labels(op.operands[0])
    if op.name in _WINDOWED and labelling.along(op.operands[0]) not in (-1, 3):
        return labelling.stay(op)
    return (labels,)


def _together(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    operand = op.operands[0]
    if labelling.labels(operand).shape[-1:] not in ((), (1,)):
        return labelling.stay(op)
    return (labelling.labels(operand),)


def _joined(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    first, second = labelling.operand(op, 0), labelling.operand(op, 1)
    if first.is_constant or second.is_constant:
        moving = second if first.is_constant else first
        output = labelling.tensor(op.outputs[0])
        if moving.shape != output.shape[len(output.shape) - len(moving.shape) :]:
            return labelling.stay(op)
        labels = labelling.labels(moving.id)
        return (labels.reshape((1,) * (len(output.shape) - labels.ndim) + labels.shape),)
    rank = max(len(first.shape), len(second.shape))
    shapes = [(1,) * (rank - len(item.shape)) + item.shape for item in (first, second)]
    sides = [labelling.labels(item.id) for item in (first, second)]
    sides = [labels.reshape((1,) * (rank - labels.ndim) + labels.shape) for labels in sides]
    for axis in range(rank):
        extents = shapes[0][axis], shapes[1][axis]
        if extents[0] == extents[1]:
            continue
        # One element meets many: it must stay, and the many keep their labels.
        one = 0 if extents[0] == 1 else 1
        if sides[1 - one].shape[axis] > 1:
            labelling.freeze(sides[one])
            return (sides[1 - one],) if max(sides[one].shape) == 1 else labelling.stay(op)
    labelling.join(*sides)
    return (np.broadcast_arrays(*sides)[0].copy(),)


RULES = {
    **{name: Labelled(_same) for name in _PASS},
    **{name: Labelled(_together) for name in _WHOLE},
    **{name: Labelled(_joined, aligned=True) for name in _JOIN},
}
