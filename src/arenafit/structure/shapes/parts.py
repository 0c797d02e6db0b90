"""Operators that join tensors, cut them, surround them or scale them."""

from collections.abc import Mapping

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Op
from arenafit.ops import Family
from arenafit.structure.shapes.rule import Rule, Shape, Sizing


def _concatenation(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    shapes = [sizing.shape(op, place) for place in range(len(op.inputs))]
    first = shapes[0]
    axis = (int(op.options["axis"]) if op.options else -1) % len(first)
    for shape in shapes[1:]:
        if len(shape) != len(first) or any(
            one != other for place, (one, other) in enumerate(zip(first, shape, strict=True)) if place != axis
        ):
            raise UnsupportedModelError(f"CONCATENATION (operator {op.id}): {first} and {shape} do not go together")
    return (tuple(sum(shape[axis] for shape in shapes) if place == axis else n for place, n in enumerate(first)),)


def _pad(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    source, margins = sizing.shape(op, 0), sizing.values(op, 1)
    return (tuple(n + margins[2 * axis] + margins[2 * axis + 1] for axis, n in enumerate(source)),)


def _split(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    source = sizing.shape(op, 1)
    axis = sizing.values(op, 0)[0] % len(source)
    parts = len(op.outputs)
    if source[axis] % parts:
        raise UnsupportedModelError(f"SPLIT (operator {op.id}): {source[axis]} cannot be cut into {parts} equal parts")
    return tuple(_at(source, axis, source[axis] // parts) for _ in range(parts))


def _resize(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    source, old = sizing.shape(op, 0), sizing.old_operand(op, 0)
    target = sizing.old(op.outputs[0])
    extents = [target[axis] * source[axis] / old[axis] for axis in (1, 2)]
    if any(extent != int(extent) for extent in extents):
        raise UnsupportedModelError(f"{op.code.label} (operator {op.id}): {source} does not scale to whole pixels")
    rows, columns = (int(extent) for extent in extents)
    if (rows, columns) != target[1:3]:
        sizing.set_constant(op, 1, np.asarray([rows, columns], sizing.tensor(sizing.needed(op, 1)).dtype.numpy))
    return ((source[0], rows, columns, source[3]),)


def _reduce(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    source = sizing.shape(op, 0)
    axes = {axis % len(source) for axis in sizing.values(op, 1)}
    if op.options is not None and op.options.get("keep_dims"):
        return (tuple(1 if axis in axes else n for axis, n in enumerate(source)),)
    return (tuple(n for axis, n in enumerate(source) if axis not in axes),)


def _strided_slice(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    source, old = sizing.shape(op, 0), sizing.old_operand(op, 0)
    target = sizing.old(op.outputs[0])
    begins, ends, steps = (sizing.values(op, place) for place in (1, 2, 3))
    options = dict(op.options.values) if op.options else {}
    if any(options.get(name) for name in ("ellipsis_mask", "new_axis_mask", "offset")) or len(begins) != len(old):
        raise UnsupportedModelError(f"STRIDED_SLICE (operator {op.id}) is of a form that is not followed")
    made = []
    for axis, (begin, end, step) in enumerate(zip(begins, ends, steps, strict=True)):
        bit = 1 << axis
        if _mask(options, "shrink_axis_mask") & bit:
            continue
        start = None if _mask(options, "begin_mask") & bit else begin
        stop = None if _mask(options, "end_mask") & bit or end >= old[axis] else end
        made.append(len(range(*slice(start, stop, step).indices(source[axis]))))
        if stop is None and end != source[axis] and not _mask(options, "end_mask") & bit:
            ends[axis] = source[axis]
    if any(extent < 1 for extent in made):
        raise UnsupportedModelError(f"STRIDED_SLICE (operator {op.id}): nothing would be left of {source}")
    if tuple(made) != target and sizing.values(op, 2) != ends:
        sizing.set_constant(op, 2, np.asarray(ends, sizing.tensor(sizing.needed(op, 2)).dtype.numpy))
    return (tuple(made),)


def _mask(options: Mapping[str, object], name: str) -> int:
    found = options.get(name)
    return found if isinstance(found, int) else 0


def _pack(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    source = sizing.shape(op, 0)
    axis = int(op.options["axis"]) if op.options else 0
    axis = axis if axis >= 0 else axis + len(source) + 1
    return ((*source[:axis], len(op.inputs), *source[axis:]),)


def _unpack(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    source = sizing.shape(op, 0)
    axis = (int(op.options["axis"]) if op.options else 0) % len(source)
    if source[axis] != len(op.outputs):
        raise UnsupportedModelError(f"UNPACK (operator {op.id}): {source[axis]} parts for {len(op.outputs)} outputs")
    return tuple(source[:axis] + source[axis + 1 :] for _ in op.outputs)


def _shape(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    return ((len(sizing.shape(op, 0)),),)


def _at(shape: Shape, axis: int, extent: int) -> Shape:
    return (*shape[:axis], extent, *shape[axis + 1 :])


RULES = {
    Family.JOINING: Rule(_concatenation),
    Family.PADDING: Rule(_pad, same_quant=True),
    Family.SPLITTING: Rule(_split),
    Family.RESIZING: Rule(_resize, same_quant=True),
    Family.REDUCTION: Rule(_reduce, same_quant=True),
    Family.STRIDED_SLICE: Rule(_strided_slice, same_quant=True),
    Family.STACKING: Rule(_pack),
    Family.UNSTACKING: Rule(_unpack),
    Family.SHAPE: Rule(_shape),
}
