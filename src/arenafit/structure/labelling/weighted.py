"""Operators with weights: each output channel is a label of its own."""

import numpy as np

from arenafit.ir import Op
from arenafit.ops import Family
from arenafit.structure.labelling.rule import Labelled, Labelling, Labels, Side, spread


def _convolution(source: int) -> Labelled:
    def rule(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
        operand, weights = labelling.operand(op, source), labelling.operand(op, 1)
        grouped = weights.shape[-1] != operand.shape[-1]
        if grouped or not weights.is_constant or weights.dtype.numpy_name is None:
            return labelling.stay(op)
        if labelling.along(operand.id) != len(operand.shape) - 1:
            labelling.freeze(labelling.labels(operand.id))
        return (labelling.fresh(op, weights.shape[0]).reshape(1, 1, 1, -1),)

    return Labelled(rule, {1: {0: Side.OUTPUT, 3: Side.OPERAND}, 2: {0: Side.OUTPUT}}, source=source)


def _depthwise(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    operand, weights = labelling.operand(op, 0), labelling.operand(op, 1)
    if not weights.is_constant or weights.dtype.numpy_name is None or len(operand.shape) != 4:
        return labelling.stay(op)
    multiplier = weights.shape[-1] // operand.shape[-1]
    if operand.shape[-1] == 1 and multiplier > 1:
        labelling.freeze(labelling.labels(operand.id))
        return (labelling.fresh(op, multiplier).reshape(1, 1, 1, -1),)
    if labelling.along(operand.id) != 3:
        return labelling.stay(op)
    return (np.repeat(labelling.labels(operand.id), multiplier, axis=3),)


def _dense(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    operand, weights = labelling.operand(op, 0), labelling.operand(op, 1)
    if not weights.is_constant or weights.dtype.numpy_name is None:
        return labelling.stay(op)
    depth = weights.shape[1]
    labels = spread(labelling.labels(operand.id), operand.shape).reshape(-1, depth)
    output = labelling.tensor(op.outputs[0])
    if not (labels == labels[:1]).all() or (labels == labels[:1, :1]).all():
        labelling.freeze(labels)
    rank = len(output.shape)
    if rank == 0 or output.shape[-1] != weights.shape[0]:
        return labelling.stay(op)
    return (labelling.fresh(op, weights.shape[0]).reshape(*(1,) * (rank - 1), -1),)


RULES = {
    Family.CONVOLUTION: _convolution(0),
    Family.DEPTHWISE: Labelled(_depthwise, {1: {3: Side.OUTPUT}, 2: {0: Side.OUTPUT}}),
    Family.DENSE: Labelled(_dense, {1: {0: Side.OUTPUT, 1: Side.OPERAND}, 2: {0: Side.OUTPUT}}),
}
