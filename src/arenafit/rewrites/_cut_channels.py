"""Cuts the channels of layers that need not be computed; says why they need not."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, DType, Editor, Model, OpId, TensorId
from arenafit.ops import shapes_agree
from arenafit.rewrites._dead_channels import LiveChannels
from arenafit.rewrites._sites import Site, edit, sites
from arenafit.rewrites.intervals import rule_of
from arenafit.rewrites.intervals.protocol import Kept
from arenafit.rewrites.protocol import Move


def propose_cut(model: Model, name: str, lanes: int) -> Iterable[Move]:
    """Yield the one move that cuts all channels that can go, if any can, but for whole groups of `lanes`."""
    found = [channels for site in _sound(model) if (channels := LiveChannels(site, lanes)).computed]
    where = tuple(op for channels in found for op in _cut_layers(channels))
    if where:
        yield Move(name, where, note=_proof(found))


def apply_cut(model: Model, move: Move, lanes: int) -> Model:
    """Return the model without the channels that `propose_cut` found.

    Raises:
        UnsupportedModelError: if `move` was made for another model.
    """
    editor = edit(model)
    named: list[OpId] = []
    for site in _sound(model):
        channels = LiveChannels(site, lanes)
        cut = _cut_layers(channels)
        if cut:
            named += cut
            _cut(editor, site, channels.kept)
    if not named or tuple(named) != move.where:
        raise UnsupportedModelError("the move names other channels than those that can go: it was made elsewhere")
    editor.prune_tensors()
    return editor.build()


def _sound(model: Model) -> Iterator[Site]:
    """Yield the graphs whose shapes follow from their operators: of others nothing can be said channel by channel."""
    return (site for site in sites(model) if shapes_agree(site.graph))


def _cut_layers(channels: LiveChannels) -> list[OpId]:
    return [op.id for op in channels.computed if channels.kept.cuts(op.outputs[0])]


def _proof(found: list[LiveChannels]) -> str:
    """Say how many channels the layers have, and why some can go."""
    total = constant = unread = 0
    for channels in found:
        for op in channels.computed:
            span, needed = channels.span(op.outputs[0]), channels.kept.needed.get(op.outputs[0])
            count = channels.site.output(op).shape[-1]
            total += count
            fixed = np.zeros(count, np.bool_) if span is None else span.fixed
            constant += int(fixed.sum())
            unread += 0 if needed is None else int((~needed & ~fixed).sum())
    parts = [f"{constant:,} of {total:,} channels can only hold one value"] if constant else []
    parts += [f"{unread:,} of {total:,} channels are read by nobody"] if unread and not constant else []
    parts += [f"{unread:,} more are read by nobody"] if unread and constant else []
    return ", ".join(parts)


def _cut(editor: Editor, site: Site, kept: Kept) -> None:
    for op in site.graph.ops:
        touched = any(kept.cuts(tensor) for tensor in (*op.operands, *op.outputs))
        if not touched:
            continue
        changes = rule_of(op).cut(site, op, kept)
        inputs = list(op.inputs)
        for position, (array, quant) in changes.constants.items():
            present = op.inputs[position] if position < len(op.inputs) else None
            name = f"{site.output(op).name}/bias" if present is None else site.graph.tensor(present).name
            made = editor.add_tensor(
                name, DType.of(array.dtype), array.shape, quant=quant, data=Constant.of(array), graph=site.index
            )
            inputs += [None] * (position + 1 - len(inputs))
            inputs[position] = made
        editor.update_op(replace(op, inputs=tuple(inputs), options=changes.options), site.index)
    for tensor_id in kept.stays:
        if kept.cuts(tensor_id):
            _narrow(editor, site, tensor_id, int(kept.stays[tensor_id].sum()))


def _narrow(editor: Editor, site: Site, tensor_id: TensorId, channels: int) -> None:
    tensor = site.graph.tensor(tensor_id)
    signature = tensor.shape_signature
    shape = (*tensor.shape[:-1], channels)
    narrowed = None if signature is None else (*signature[:-1], channels)
    editor.update_tensor(replace(tensor, shape=shape, shape_signature=narrowed), site.index)
