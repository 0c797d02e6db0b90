"""Operators that compute element by element, or channel by channel: labels pass, those of two operands are joined."""

import numpy as np

from arenafit.ir import Op
from arenafit.ops import Family
from arenafit.structure.labelling.rule import Labelled, Labelling, Labels


def _same(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    labels = labelling.labels(op.operands[0])
    return (labels,)


def _windowed(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    # Windows move along H and W.
    if labelling.along(op.operands[0]) not in (-1, 3):
        return labelling.stay(op)
    return _same(labelling, op)


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
    Family.UNARY: Labelled(_same),
    Family.POOLING: Labelled(_windowed),
    Family.RESIZING: Labelled(_windowed),
    Family.LAST_AXIS: Labelled(_together),
    Family.BINARY: Labelled(_joined, aligned=True),
}
