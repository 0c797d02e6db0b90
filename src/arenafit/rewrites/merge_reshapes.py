"""Reshapes are merged, moved and dropped: a tensor's shape costs an operator and a copy, its bytes stay the same.

RESHAPE of a RESHAPE becomes one; FULLY_CONNECTED reads its input flat, so a RESHAPE in front of it goes
(tensorflow/lite/micro/kernels/fully_connected.cc, commit 90b983c2, asks the filter and the output for sizes only);
element-wise operators between two reshapes run before the first one, so that the two meet and cancel. Keras writes
Conv1D as EXPAND_DIMS -> CONV_2D -> RESHAPE: a chain of them becomes one chain in four dimensions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import prod

import numpy as np

from arenafit import ops
from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, Editor, Model, Op, Options, Tensor, TensorId
from arenafit.rewrites._bitcasts import is_view, reads_flat
from arenafit.rewrites._sites import Site, edit, locate, sites
from arenafit.rewrites.protocol import Move

# Broadcasting kernels of TFLM take four dimensions.
_LONGEST_SHAPE = 4
# A constant that was broadcast may have to be written out for the other shape: up to this much flash.
_SPREAD_LIMIT_BYTES = 256


class MergeReshapes:
    """Offers a move per reshape that can be merged with the one before it, skipped, or moved to where it will be."""

    name = "merge_reshapes"
    cleanup = True

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves; `how` says which: merge, flatten (skipped by FULLY_CONNECTED) or sink."""
        for site in sites(model):
            for op in site.graph.ops:
                how = _how(site, op)
                if how is not None:
                    yield Move(self.name, (op.id,), (("how", how),), note=_NOTES[how].format(op.name))

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with `move` made.

        Raises:
            UnsupportedModelError: if it does not apply.
        """
        site, op = locate(model, move.where[0])
        if dict(move.parameters).get("how") != _how(site, op):
            raise UnsupportedModelError(f"the shapes around {op.name} {op.id} cannot be merged")
        editor = edit(model)
        {"merge": _merge, "flatten": _flatten, "sink": _sink}[_how(site, op) or "merge"](editor, site, op)
        _drop_unread_views(editor, site)
        editor.prune_tensors()
        return editor.build()


_NOTES = {
    "merge": "{} merged with the reshape before it",
    "flatten": "reshape before {} dropped",
    "sink": "reshape moved behind {}",
}


def _how(site: Site, op: Op) -> str | None:
    if not op.operands or len(op.outputs) != 1:
        return None
    if op.name == "FULLY_CONNECTED":
        return "flatten" if _reads_flat(site, op) else None
    if is_view(site, op):
        # A scalar's shape has no extents: the option of RESHAPE cannot tell it from a shape that is not given.
        mergeable = site.output(op).shape and _view_before(site, op.inputs[0]) is not None
        return "merge" if mergeable else None
    return "sink" if ops.is_elementwise(op) and _sources(site, op) and _meets_view(site, op) else None


def _view_before(site: Site, tensor: TensorId | None) -> Op | None:
    """Return the view that writes `tensor` for one reader; with others it would have to stay, and its source too."""
    producer = None if tensor is None else site.graph.producers.get(tensor)
    if tensor is None or producer is None or site.reader(tensor) is None:
        return None
    return producer if is_view(site, producer) else None


def _reads_flat(site: Site, op: Op) -> bool:
    view = _view_before(site, op.inputs[0])
    return view is not None and reads_flat(site, op) and bool(site.input(view).shape)


def _flatten(editor: Editor, site: Site, op: Op) -> None:
    view = _view_before(site, op.inputs[0])
    if view is not None:
        editor.update_op(replace(op, inputs=(view.inputs[0], *op.inputs[1:])), site.index)


def _merge(editor: Editor, site: Site, op: Op) -> None:
    view = _view_before(site, op.inputs[0])
    if view is None or view.inputs[0] is None:
        return
    merged = _reshape(editor, view.inputs[0], site.output(op))
    editor.update_op(replace(merged, id=op.id), site.index)


def _reshape(editor: Editor, source: TensorId, result: Tensor) -> Op:
    options = Options("ReshapeOptions", (("new_shape", result.shape),))
    return editor.make_op("RESHAPE", [source], [result.id], options)


def _sources(site: Site, op: Op) -> tuple[TensorId | None, ...]:
    """Return the operands of `op` with views skipped; empty unless all then have one and the same other shape."""
    shape = site.output(op).shape
    found: list[TensorId | None] = []
    shapes = set()
    for position, operand in enumerate(op.inputs):
        if site.constant(op, position) is not None:
            found.append(operand)
            continue
        view = _view_before(site, operand)
        if view is None or view.inputs[0] is None or site.output(view).shape != shape:
            return ()
        found.append(view.inputs[0])
        shapes.add(site.input(view).shape)
    fits = len(shapes) == 1 and shape not in shapes and 0 < len(next(iter(shapes))) <= _LONGEST_SHAPE
    if not fits or not all(_constants_fit(site, op, next(iter(shapes)))):
        return ()
    return tuple(found)


def _constants_fit(site: Site, op: Op, shape: Sequence[int]) -> Iterable[bool]:
    for position in range(len(op.inputs)):
        constant = site.constant(op, position)
        if constant is not None:
            yield _respread(site, op, constant, shape) is not None


def _respread(site: Site, op: Op, constant: Tensor, shape: Sequence[int]) -> Tensor | None:
    """Return the constant operand as it must be for `op` in `shape`; the same one if it broadcasts alike."""
    core = constant.shape
    while core and core[0] == 1:
        core = core[1:]
    present = site.output(op).shape
    if not core or (tuple(shape[-len(core) :]) == core == present[-len(core) :]):
        return constant if len(constant.shape) <= len(shape) else None
    if constant.quant is not None and len(constant.quant.scales) > 1:
        return None
    if constant.elements != prod(present) and prod(present) * constant.dtype.bits // 8 > _SPREAD_LIMIT_BYTES:
        return None
    values = np.broadcast_to(constant.array(), present).reshape(tuple(shape))
    return replace(constant, data=Constant.of(values), shape=tuple(shape), shape_signature=None)


def _meets_view(site: Site, op: Op) -> bool:
    """Whether behind `op`, element-wise operators skipped, every path has a view that the moved one merges with."""
    result = op.outputs[0]
    readers = site.graph.uses.get(result, ())
    if result in site.named or len(readers) != 1:
        return False
    reader = readers[0]
    if reads_flat(site, reader) or is_view(site, reader):
        return reader.inputs[0] == result
    others = [operand for position, operand in enumerate(reader.inputs) if site.constant(reader, position) is None]
    same_shape = len(reader.outputs) == 1 and site.output(reader).shape == site.output(op).shape
    if not ops.is_elementwise(reader) or not same_shape or others != [result]:
        return False
    return _meets_view(site, reader)


def _sink(editor: Editor, site: Site, op: Op) -> None:
    sources = _sources(site, op)
    result = site.output(op)
    moving = next(
        source for position, source in enumerate(sources) if source is not None and site.constant(op, position) is None
    )
    shape = site.graph.tensor(moving).shape
    inputs: list[TensorId | None] = []
    for position, source in enumerate(sources):
        constant = site.constant(op, position)
        spread = None if constant is None else _respread(site, op, constant, shape)
        if spread is None or spread == constant:
            inputs.append(source)
            continue
        inputs.append(
            editor.add_tensor(
                f"{spread.name}/reshaped",
                spread.dtype,
                spread.shape,
                quant=spread.quant,
                data=spread.data,
                graph=site.index,
            )
        )
    early = editor.add_tensor(f"{result.name}/early", result.dtype, shape, quant=result.quant, graph=site.index)
    moved = replace(op, inputs=tuple(inputs), outputs=(early,))
    editor.replace_ops([op.id], [moved, _reshape(editor, early, result)], site.index)


def _drop_unread_views(editor: Editor, site: Site) -> None:
    """Take out the reshapes that lost their last reader."""
    read = {operand for op in editor.ops(site.index) for operand in op.operands} | site.named
    unread = {op.id for op in site.graph.ops if is_view(site, op) and op.outputs[0] not in read}
    editor.set_schedule([op for op in editor.ops(site.index) if op.id not in unread], site.index)


REWRITE = MergeReshapes()
