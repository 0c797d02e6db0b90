"""Operators that move elements without computing on them, and those that sum over axes: labels move along."""

import numpy as np

from arenafit.ir import Op
from arenafit.ops import Family
from arenafit.structure.labelling.rule import STAYS, Labelled, Labelling, Labels, compressed, spread


def _reshape(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    source, target = labelling.operand(op, 0), labelling.tensor(op.outputs[0])
    whole = spread(labelling.labels(source.id), source.shape)
    if whole.size != target.elements:
        return labelling.stay(op)
    return (compressed(whole.reshape(target.shape)),)


def _transpose(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    source, order = labelling.operand(op, 0), labelling.operand(op, 1)
    if not order.is_constant:
        return labelling.stay(op)
    return (np.transpose(labelling.labels(source.id), order.array().reshape(-1).tolist()),)


def _concatenation(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    tensors = [labelling.operand(op, place) for place in range(len(op.inputs))]
    rank = len(tensors[0].shape)
    axis = (int(op.options["axis"]) if op.options else -1) % rank
    parts = []
    for tensor in tensors:
        labels = labelling.labels(tensor.id)
        shape = tuple(tensor.shape[place] if place == axis else labels.shape[place] for place in range(rank))
        parts.append(np.broadcast_to(labels, shape))
    others = [max(part.shape[place] for part in parts) for place in range(rank)]
    if any(extent > 1 for place, extent in enumerate(others) if place != axis):
        return labelling.stay(op)  # labels differ along another axis: the parts would have to shrink alike
    return (compressed(np.concatenate(parts, axis=axis)),)


def _pad(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    """Return the labels with what is added staying."""
    source, margins = labelling.operand(op, 0), labelling.operand(op, 1)
    labels = labelling.labels(source.id)
    if not margins.is_constant or margins.elements != 2 * labels.ndim:
        return labelling.stay(op)
    pairs = margins.array().reshape(-1, 2).tolist()
    widths = [pair if labels.shape[axis] > 1 else (0, 0) for axis, pair in enumerate(pairs)]
    if any(sum(pair) and labels.shape[axis] == source.shape[axis] == 1 for axis, pair in enumerate(pairs)):
        return labelling.stay(op)
    return (np.pad(labels, widths, constant_values=STAYS),)


def _unmoved(axes_of_operand: int) -> Labelled:
    """Return the rule of an operator that cuts or pads along some axes: labels along others pass."""

    def rule(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
        source = labelling.operand(op, axes_of_operand)
        labels, along = labelling.labels(source.id), labelling.along(source.id)
        outputs = [labelling.tensor(output) for output in op.outputs]
        if any(len(output.shape) != len(source.shape) for output in outputs) or along is None:
            return labelling.stay(op)
        if along >= 0 and any(output.shape[along] != source.shape[along] for output in outputs):
            return labelling.stay(op)
        return tuple(labels for _ in outputs)

    return Labelled(rule)


def _reduce(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    source, axes = labelling.operand(op, 0), labelling.operand(op, 1)
    if not axes.is_constant:
        return labelling.stay(op)
    labels = labelling.labels(source.id)
    gone = sorted({int(axis) % len(source.shape) for axis in axes.array().reshape(-1)})
    if any(labels.shape[axis] > 1 for axis in gone):
        return labelling.stay(op)
    keeps = bool(op.options and op.options.get("keep_dims"))
    return (labels if keeps else labels.reshape([n for axis, n in enumerate(labels.shape) if axis not in gone]),)


def _squeezed(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    source, target = labelling.operand(op, 0), labelling.tensor(op.outputs[0])
    whole = spread(labelling.labels(source.id), source.shape)
    return (compressed(whole.reshape(target.shape)),)


def _shape(labelling: Labelling, op: Op) -> tuple[Labels, ...]:
    # It looks at the shape alone, which follows.
    return tuple(np.zeros((1,) * len(labelling.tensor(output).shape), np.int64) for output in op.outputs)


RULES = {
    Family.RESHAPING: Labelled(_reshape, restates=True),
    Family.TRANSPOSITION: Labelled(_transpose),
    Family.JOINING: Labelled(_concatenation),
    Family.PADDING: Labelled(_pad),
    Family.MIRRORING: _unmoved(0),
    Family.SPLITTING: _unmoved(1),
    Family.REDUCTION: Labelled(_reduce),
    Family.SQUEEZING: Labelled(_squeezed),
    Family.EXPANSION: Labelled(_squeezed),
    Family.SHAPE: Labelled(_shape),
}
