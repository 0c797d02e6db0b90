"""Operators that move no values: other shapes of the same elements, other orders of axes."""

from dataclasses import replace

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Op
from arenafit.ops import Family
from arenafit.structure.shapes.rule import Rule, Shape, Sizing, elements


def _reshape(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    source = sizing.shape(op, 0)
    old, target = sizing.old_operand(op, 0), sizing.old(op.outputs[0])
    drawn = sizing.graph.by_id[op.outputs[0]].shape
    if drawn != target and elements(drawn) == elements(source):
        _state(sizing, op, drawn)  # the change says what becomes of it
        return (drawn,)
    if source == old:
        return (target,)
    shape = followed(op, old, target, source)
    _state(sizing, op, shape)
    return (shape,)


def followed(op: Op, old: Shape, target: Shape, source: Shape) -> Shape:
    """Return what `target` becomes when `old`, which it was made of, becomes `source`.

    Raises:
        UnsupportedModelError: if an axis was cut into several whose new extents nothing tells.
    """
    made: list[int] = []
    for first, end, place, stop in _blocks(old, target):
        made += _block(op, source[first:end], old[first:end], target[place:stop])
    if elements(tuple(made)) != elements(source):
        raise UnsupportedModelError(f"RESHAPE (operator {op.id}): {source} cannot become what {target} was of {old}")
    return tuple(made)


def _blocks(old: Shape, target: Shape) -> list[tuple[int, int, int, int]]:
    """Return runs of axes [first, end) of `old` and [place, stop) of `target` that hold the same elements."""
    blocks: list[tuple[int, int, int, int]] = []
    first, place, end, stop = 0, 0, 0, 0
    have = need = 1
    while end < len(old) or stop < len(target):
        if end < len(old) and (have <= need or stop == len(target)):
            have *= old[end]
            end += 1
        else:
            need *= target[stop]
            stop += 1
        if have == need and end > first and stop > place:
            blocks.append((first, end, place, stop))
            first, place, have, need = end, stop, 1, 1
    if (end > first or stop > place) and blocks:
        # Axes of one element at the end belong to the last run.
        begin, _, place, _ = blocks.pop()
        blocks.append((begin, len(old), place, len(target)))
    return blocks


def _block(op: Op, source: Shape, old: Shape, target: Shape) -> Shape:
    if source == old:
        return target
    total = elements(source)
    real = [place for place, extent in enumerate(target) if extent != 1]
    if len(real) <= 1:
        place = real[0] if real else len(target) - 1
        if not target:
            raise UnsupportedModelError(f"RESHAPE (operator {op.id}): nothing takes the axis that changes")
        return tuple(total if index == place else 1 for index in range(len(target)))
    raise UnsupportedModelError(
        f"RESHAPE (operator {op.id}) cuts an axis of {elements(old)} into {target}: it cannot become {total}"
    )


def _state(sizing: Sizing, op: Op, shape: Shape) -> None:
    """Write the shape where the file states it: the shape operand, a PACK that makes one, the options."""
    options = op.options
    if options is not None and options.get("new_shape"):
        op = replace(op, options=options.with_values(new_shape=tuple(shape)))
        sizing.update_op(op)
    if len(op.inputs) < 2 or op.inputs[1] is None:
        return
    if sizing.is_constant(op.inputs[1]):
        dtype = sizing.tensor(op.inputs[1]).dtype.numpy
        sizing.set_constant(op, 1, np.asarray(shape, dtype))
        return
    maker = sizing.graph.producers.get(op.inputs[1])
    if maker is None or maker.name != "PACK" or len(maker.inputs) != len(shape):
        raise UnsupportedModelError(f"RESHAPE (operator {op.id}) computes its shape in a way that is not followed")
    for place, extent in enumerate(shape):
        operand = maker.inputs[place]
        if operand is not None and sizing.is_constant(operand):
            tensor = sizing.tensor(operand)
            maker = sizing.set_constant(maker, place, np.full(tensor.shape, extent, tensor.dtype.numpy))


def _squeeze(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    source, old = sizing.shape(op, 0), sizing.old_operand(op, 0)
    named = tuple(op.options.get("squeeze_dims") or ()) if op.options else ()
    axes = {axis % len(old) for axis in named} or {axis for axis, extent in enumerate(old) if extent == 1}
    if any(source[axis] != 1 for axis in axes):
        raise UnsupportedModelError(f"SQUEEZE (operator {op.id}): an axis it removes is no longer 1 in {source}")
    return (tuple(extent for axis, extent in enumerate(source) if axis not in axes),)


def _expand(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    source = sizing.shape(op, 0)
    axis = sizing.values(op, 1)[0]
    axis = axis if axis >= 0 else axis + len(source) + 1
    return ((*source[:axis], 1, *source[axis:]),)


def _transpose(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    source = sizing.shape(op, 0)
    return (tuple(source[axis] for axis in sizing.values(op, 1)),)


RULES = {
    Family.RESHAPING: Rule(_reshape, same_quant=True),
    Family.SQUEEZING: Rule(_squeeze, same_quant=True),
    Family.EXPANSION: Rule(_expand, same_quant=True),
    Family.TRANSPOSITION: Rule(_transpose, same_quant=True),
}
