"""Channels that can be taken out of a model: which go together, and the model without some of them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, Editor, Model, Op, OpId, Tensor, TensorId
from arenafit.structure.labelling import rules
from arenafit.structure.labelling.rule import STAYS, Labelled, Labelling, Labels, Side, spread
from arenafit.structure.shapes.rule import picked_quant

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Channels:
    """The labels of a model's main graph.

    `of`: for each tensor an array that broadcasts to its shape; elements of one label go or stay together, 0 stays.
    `layers`: the labels that the operators of a layer make, by the first operator that makes them; layers whose
    channels an addition ties together are one.
    """

    model: Model
    of: Mapping[TensorId, Labels]
    layers: Mapping[OpId, tuple[int, ...]]
    count: int  # labels are below it

    def gone(self, removed: Collection[int]) -> Mask:
        """Return for each label whether it is removed."""
        gone = np.zeros(self.count, np.bool_)
        gone[list(removed)] = True
        return gone

    def mask(self, tensor: TensorId, gone: Mask) -> tuple[int, Mask] | None:
        """Return the axis of `tensor` that loses elements and which stay along it; None if it loses none."""
        labels = self.of.get(tensor)
        if labels is None or labels.size == 1:
            return None
        lost = gone[labels]
        if not lost.any():
            return None
        axis = next(axis for axis, extent in enumerate(labels.shape) if extent > 1)
        return axis, ~lost.reshape(-1)


def channels(model: Model) -> Channels:
    """Return which channels of `model` go together."""
    labelling = Labelling(model.main)
    known = rules()
    graph = model.main
    for op in graph.ops:
        rule = known.get(op.name)
        usable = rule is not None and not op.subgraphs and all(labelling.is_number(output) for output in op.outputs)
        try:
            found = rule.rule(labelling, op) if rule is not None and usable else None
        except (ValueError, IndexError, TypeError):
            found = None  # operands of shapes the operator does not take: the runtime is the one to say so
        if found is None and rule is not None and not any(labelling.is_number(output) for output in op.outputs):
            found = rule.rule(labelling, op)
        labelling.of.update(zip(op.outputs, labelling.stay(op) if found is None else found, strict=True))
    for tensor in (*graph.inputs, *graph.outputs, *(item.id for item in graph.tensors if item.is_variable)):
        labelling.freeze(labelling.labels(tensor))
    return _resolved(model, labelling)


def _resolved(model: Model, labelling: Labelling) -> Channels:
    while True:
        roots = np.asarray([labelling.root(label) for label in range(len(labelling.parent))], np.int64)
        of = {tensor: roots[labels] for tensor, labels in labelling.of.items()}
        mixed = [labels for labels in of.values() if sum(extent > 1 for extent in labels.shape) > 1 and labels.any()]
        single = [labels for labels in of.values() if labels.size == 1 and labels.any()]
        if not mixed and not single:
            break
        for labels in (*mixed, *single):
            labelling.freeze(labels)
    layers: dict[OpId, list[int]] = {}
    placed: set[int] = set()
    for label, op in labelling.made_by.items():
        root = int(roots[label])
        if root == STAYS or root in placed:
            continue
        placed.add(root)
        layers.setdefault(op.id, []).append(root)
    return Channels(model, of, {op: tuple(labels) for op, labels in layers.items()}, len(roots))


def without(found: Channels, removed: Collection[int]) -> Model:
    """Return the model without the elements of the `removed` labels; weights and scales are cut with them.

    Raises:
        UnsupportedModelError: if a tensor would lose all its elements.
    """
    graph = found.model.main
    editor = Editor(found.model)
    gone = found.gone(removed)
    masks = {tensor: mask for tensor in found.of if (mask := found.mask(tensor, gone)) is not None}
    if not masks:
        return found.model
    editor.set_offline_plan(None)
    for tensor, (axis, kept) in masks.items():
        _shorten(editor, graph.by_id[tensor], axis, kept)
    known = rules()
    for op in graph.ops:
        if any(tensor in masks for tensor in (*op.operands, *op.outputs)):
            _cut_constants(_Cutting(found, editor, masks, gone), op, known[op.name])
    editor.prune_tensors()
    return editor.build()


def _shorten(editor: Editor, tensor: Tensor, axis: int, mask: Mask) -> None:
    kept = int(mask.sum())
    if kept == 0:
        raise UnsupportedModelError(f"tensor '{tensor.name}' would lose all its channels")
    shape = (*tensor.shape[:axis], kept, *tensor.shape[axis + 1 :])
    signature = tensor.shape_signature
    if signature is not None:
        signature = (*signature[:axis], kept, *signature[axis + 1 :]) if len(signature) == len(shape) else None
    editor.update_tensor(replace(tensor, shape=shape, shape_signature=signature))


@dataclass(frozen=True)
class _Cutting:
    found: Channels
    editor: Editor
    masks: Mapping[TensorId, tuple[int, Mask]]
    gone: Mask


def _cut_constants(cutting: _Cutting, op: Op, rule: Labelled) -> None:
    graph, editor = cutting.found.model.main, cutting.editor
    inputs = list(op.inputs)
    for position, operand in enumerate(op.inputs):
        tensor = None if operand is None else graph.by_id[operand]
        if tensor is None or not tensor.is_constant:
            continue
        cuts = tuple(_cuts(cutting, op, rule, position, tensor))
        if not cuts:
            continue
        changed = tensor
        for axis, mask in cuts:
            changed = cut_tensor(changed, axis, mask)
        if len(graph.uses[tensor.id]) == 1 and op.inputs.count(operand) == 1:
            editor.update_tensor(changed)
        else:
            inputs[position] = editor.add_tensor(
                changed.name, changed.dtype, changed.shape, quant=changed.quant, data=changed.data
            )
    changed_op = replace(op, inputs=tuple(inputs))
    multiplier = op.options.get("depth_multiplier") if op.options else None
    if multiplier and op.options is not None and graph.by_id[op.operands[0]].shape[-1] == 1:
        count = editor.tensor(op.outputs[0]).shape[-1]
        changed_op = replace(changed_op, options=op.options.with_values(depth_multiplier=count))
    if rule.restates:
        changed_op = _restated(cutting, changed_op)
    if changed_op != op:
        editor.update_op(changed_op)


def _cuts(cutting: _Cutting, op: Op, rule: Labelled, position: int, tensor: Tensor) -> Iterator[tuple[int, Mask]]:
    graph = cutting.found.model.main
    written = cutting.masks.get(op.outputs[0])
    if rule.aligned and written is not None:
        axis = written[0] - (len(graph.by_id[op.outputs[0]].shape) - len(tensor.shape))
        if axis >= 0 and tensor.shape[axis] > 1:
            yield axis, written[1]
    for axis, side in rule.constants.get(position, {}).items():
        if side == Side.OUTPUT and written is not None:
            yield axis, written[1]
        elif side == Side.OPERAND:
            source = graph.by_id[op.operands[rule.source]]
            if source.id in cutting.masks:
                labels = spread(cutting.found.of[source.id], source.shape).reshape(-1)[-tensor.shape[axis] :]
                yield axis, ~cutting.gone[labels]


def cut_tensor(tensor: Tensor, axis: int, mask: Mask) -> Tensor:
    """Return a constant without the elements along `axis` that `mask` leaves out, its scales with it."""
    array = np.compress(mask, tensor.array(), axis=axis)
    quant = tensor.quant
    if quant is not None and len(quant.scales) == len(mask) and _is_along(tensor, axis):
        quant = picked_quant(quant, np.flatnonzero(mask).tolist())
    return replace(tensor, shape=tuple(array.shape), data=Constant.of(array), quant=quant, shape_signature=None)


def _is_along(tensor: Tensor, axis: int) -> bool:
    # Some files name dimension 3 for a bias of one dimension.
    quant = tensor.quant
    return quant is not None and (quant.dimension == axis or quant.dimension >= len(tensor.shape))


def _restated(cutting: _Cutting, op: Op) -> Op:
    """State a RESHAPE's new shape in its options, its shape operand or the PACK that makes it."""
    graph, editor = cutting.found.model.main, cutting.editor
    shape = editor.tensor(op.outputs[0]).shape
    if op.options is not None and op.options.get("new_shape"):
        op = replace(op, options=op.options.with_values(new_shape=tuple(shape)))
    operand = op.inputs[1] if len(op.inputs) > 1 else None
    if operand is None:
        return op
    stated = graph.by_id[operand]
    if stated.is_constant:
        array = np.asarray(shape, stated.dtype.numpy).reshape(stated.shape)
        made = editor.add_tensor(stated.name, stated.dtype, stated.shape, quant=stated.quant, data=Constant.of(array))
        return replace(op, inputs=(op.inputs[0], made))
    maker = graph.producers.get(operand)
    if maker is None or maker.name != "PACK" or len(maker.inputs) != len(shape):
        raise UnsupportedModelError(f"RESHAPE (operator {op.id}) computes its shape in a way that is not followed")
    inputs = list(maker.inputs)
    for place, extent in enumerate(shape):
        part = None if inputs[place] is None else graph.by_id[maker.operands[place]]
        if part is not None and part.is_constant and int(part.array().reshape(-1)[0]) not in (extent, -1):
            data = Constant.of(np.full(part.shape, extent, part.dtype.numpy))
            inputs[place] = editor.add_tensor(part.name, part.dtype, part.shape, data=data)
    editor.update_op(replace(maker, inputs=tuple(inputs)))
    return op
