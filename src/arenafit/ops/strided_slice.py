"""STRIDED_SLICE: every so manieth element of operand 0 between begin and end."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._axes import lists_axes
from arenafit.ops._evaluation import Array
from arenafit.ops._row_rules import channel_crop
from arenafit.ops._shapes import listed
from arenafit.ops.facts import COPY, Family, MovedAxes, Places
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape | None]:
    shape = operands.shape(0)
    begin, end, strides = (operands.integers(index) for index in (1, 2, 3))
    if begin is None or end is None or strides is None:
        return [None]
    # Masks that insert axes are resolved by converters before TFLite; TFLM knows none either.
    if operands.option("ellipsis_mask", 0) or operands.option("new_axis_mask", 0):
        return [None]
    if not len(begin) == len(end) == len(strides) <= len(shape):
        raise ShapeError(f"begin, end and strides do not fit an input {listed(shape)}")
    result: list[int] = []
    for axis, size in enumerate(shape):
        if axis >= len(begin):
            result.append(size)
        elif not operands.option("shrink_axis_mask", 0) >> axis & 1:
            result.append(len(_taken(operands, axis, size, (begin[axis], end[axis], strides[axis]))))
    return [tuple(result)]


def _taken(operands: Operands, axis: int, size: int, bounds: tuple[int, int, int]) -> range:
    begin, end, stride = bounds
    if stride == 0:
        raise ShapeError(f"the stride of axis {axis} is 0")
    start = None if operands.option("begin_mask", 0) >> axis & 1 else begin
    if operands.option("offset", False) and start is not None:
        end += start
    stop = None if operands.option("end_mask", 0) >> axis & 1 else end
    return range(*slice(start, stop, stride).indices(size))


_RANGE_MASKS = ("begin_mask", "end_mask")
_OTHER_MASKS = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask", "offset")


def _axes(operands: Operands, places: Places) -> MovedAxes | None:
    op = operands.op
    lists = lists_axes(operands, places, (0, 1, 1))
    if lists is None or op.options is None or any(op.options.get(name) for name in _OTHER_MASKS):
        return None
    masks = {name: _moved_bits(int(op.options.get(name) or 0), places) for name in _RANGE_MASKS}
    return MovedAxes(op.options.with_values(**masks), lists)


def _moved_bits(mask: int, places: Places) -> int:
    return sum((mask >> axis & 1) << place for axis, place in enumerate(places))


def _is_bitcast(operands: Operands) -> bool:
    # As many elements out as in, none reversed: only the whole can be meant.
    strides = operands.constant(3)
    return (
        strides is not None
        and not operands.number("offset")
        and min(strides.array().reshape(-1).tolist(), default=1) > 0
    )


def _evaluate(operands: Operands, values: list[Array]) -> list[Array] | None:
    op = operands.op
    options = dict(op.options.values) if op.options else {}
    if options.get("ellipsis_mask") or options.get("new_axis_mask") or options.get("offset"):
        return None
    data, begin, end, strides = values
    index: list[int | slice] = []
    for axis, (first, last, step) in enumerate(
        zip(begin.reshape(-1).tolist(), end.reshape(-1).tolist(), strides.reshape(-1).tolist(), strict=True)
    ):
        bit = 1 << axis
        if _flag(options, "shrink_axis_mask") & bit:
            index.append(first)
            continue
        start = None if _flag(options, "begin_mask") & bit else first
        stop = None if _flag(options, "end_mask") & bit else last
        index.append(slice(start, stop, step))
    if len(index) > data.ndim or any(
        isinstance(item, int) and not -extent <= item < extent for item, extent in zip(index, data.shape, strict=False)
    ):
        return None
    return [np.asarray(data[tuple(index)])]


def _flag(options: Mapping[str, Any], name: str) -> int:
    return int(options.get(name) or 0)


OPERATOR = Operator(
    "STRIDED_SLICE",
    magnitude=magnitudes.as_operands,
    family=Family.STRIDED_SLICE,
    output_shapes=_shapes,
    any_view=True,
    rows=channel_crop,
    axes=_axes,
    is_bitcast=_is_bitcast,
    evaluate=_evaluate,
    moves=(0,),
    resolver="AddStridedSlice",
    precisions=COPY,
)
