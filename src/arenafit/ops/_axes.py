"""How kinds of operators compute the same with their axes at other places of four: constants and options then.

`places[a]` is where axis `a` goes; the places nothing goes to have the extent 1. Only moves that leave the order of
the bytes of every activation alone are asked for: an axis passes axes of extent 1 only.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Tensor
from arenafit.ops.facts import MovedAxes, Places
from arenafit.ops.protocol import Operands

RANK = 4
SWAPPED: Places = (0, 2, 1, 3)

_HEIGHT_AND_WIDTH = (("stride_h", "stride_w"), ("filter_height", "filter_width"))


def placed_shape(shape: Sequence[int], places: Places) -> tuple[int, ...]:
    """Return a shape of as many axes as `places`, moved."""
    found = [1] * RANK
    for axis, extent in enumerate(shape):
        found[places[axis]] = extent
    return tuple(found)


def broadcasts_alike(shape: Sequence[int], places: Places) -> bool:
    """Whether an operand of this shape needs no move: it is broadcast along every axis that moves."""
    if len(shape) > len(places):
        return False
    padded = (1,) * (len(places) - len(shape)) + tuple(shape)
    return placed_shape(padded, places) == (1,) * (RANK - len(shape)) + tuple(shape)


def placed(values: NDArray[Any], places: Places) -> NDArray[Any]:
    """Return an array of as many axes as `places`, moved."""
    order = sorted(range(len(places)), key=lambda axis: places[axis])
    return np.ascontiguousarray(values.transpose(order)).reshape(placed_shape(values.shape, places))


def listed_axes(values: NDArray[Any], places: Places, filling: Any) -> NDArray[Any]:
    """Return a list that has an entry for each axis, moved; `filling` for the axes that come in."""
    found = np.full((RANK, *values.shape[1:]), filling, values.dtype)
    found[list(places)] = values
    return found


def pool_axes(operands: Operands, places: Places) -> MovedAxes | None:
    op = operands.op
    if places != SWAPPED or op.options is None:
        return None
    options = op.options
    for height, width in _HEIGHT_AND_WIDTH:
        options = options.with_values(**{height: options[width], width: options[height]})
    return MovedAxes(options)


def any_axes(operands: Operands, _places: Places) -> MovedAxes | None:
    op = operands.op
    return MovedAxes(op.options)


def elementwise_axes(operands: Operands, places: Places) -> MovedAxes | None:
    op = operands.op
    changed = {}
    for position in range(len(op.inputs)):
        constant = operands.constant(position)
        if constant is None or broadcasts_alike(constant.shape, places):
            continue
        if len(constant.shape) > len(places) or _is_per_channel(constant):
            return None
        padded = (1,) * (len(places) - len(constant.shape)) + constant.shape
        changed[position] = placed(constant.array().reshape(padded), places)
    return MovedAxes(op.options, changed)


def _is_per_channel(tensor: Tensor) -> bool:
    return tensor.quant is not None and len(tensor.quant.scales) > 1


def pad_axes(operands: Operands, places: Places) -> MovedAxes | None:
    op = operands.op
    amounts = operands.constant(1)
    if amounts is None or amounts.shape != (len(places), 2):
        return None
    return MovedAxes(op.options, {1: listed_axes(amounts.array(), places, 0)})


def lists_axes(operands: Operands, places: Places, fillings: Sequence[int]) -> dict[int, NDArray[Any]] | None:
    """Return the constant operands behind the first, each with an entry for each axis, moved."""
    found = {}
    for position, filling in enumerate(fillings, start=1):
        constant = operands.constant(position)
        if constant is None or constant.shape != (len(places),):
            return None
        found[position] = listed_axes(constant.array(), places, filling)
    return found


def split_axes(axis_position: int) -> Callable[[Operands, Places], MovedAxes | None]:
    def rule(operands: Operands, places: Places) -> MovedAxes | None:
        op = operands.op
        axis = operands.constant(axis_position)
        if axis is None or axis.elements != 1:
            return None
        value = int(axis.array().reshape(-1)[0])
        if not -len(places) <= value < len(places):
            return None
        return MovedAxes(
            op.options, {axis_position: np.full(axis.shape, places[value % len(places)], axis.dtype.numpy)}
        )

    return rule


def reduction_axes(operands: Operands, places: Places) -> MovedAxes | None:
    """Only where the axes stay the same ones: kernels sum along one axis in other ways than along another."""
    op = operands.op
    axes = operands.constant(1)
    if places != SWAPPED or axes is None:
        return None
    named = {int(axis) % RANK for axis in axes.array().reshape(-1)}
    return MovedAxes(op.options) if named == {places[axis] for axis in named} else None
