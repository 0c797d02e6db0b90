"""How an operator computes the same with its axes at other places of four: its constants and options then.

`places[a]` is where axis `a` goes; the places nothing goes to have the extent 1. Only moves that leave the order of
the bytes of every activation alone are asked for: an axis passes axes of extent 1 only. Convolutions have no rule: with
MVE, CMSIS-NN runs those over (N, 1, W, C) by a kernel of their own (arm_convolve_1_x_n_s8.c, commit 99f736a6), which
for strides above 1 does not compute what the general one does, and needs other scratch space.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Op, Options, Tensor
from arenafit.ir.well_formed import is_sound
from arenafit.rewrites._channels import BINARY, UNARY
from arenafit.rewrites._sites import Site

RANK = 4
Places = tuple[int, ...]
SWAPPED: Places = (0, 2, 1, 3)

_HEIGHT_AND_WIDTH = (("stride_h", "stride_w"), ("filter_height", "filter_width"))
_RANGE_MASKS = ("begin_mask", "end_mask")
_OTHER_MASKS = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask", "offset")


@dataclass(frozen=True, slots=True)
class Moved:
    """What changes about an operator whose axes move: its options, and the constants at these input positions."""

    options: Options | None
    constants: Mapping[int, NDArray[Any]] = field(default_factory=dict)


def moved(site: Site, op: Op, places: Places) -> Moved | None:
    """Return what changes about `op` when its activations' axes move to `places`; None if it cannot follow."""
    rule = _RULES.get(op.name)
    return None if rule is None or not is_sound(op) else rule(site, op, places)


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


def _placed(values: NDArray[Any], places: Places) -> NDArray[Any]:
    """Return an array of as many axes as `places`, moved."""
    order = sorted(range(len(places)), key=lambda axis: places[axis])
    return np.ascontiguousarray(values.transpose(order)).reshape(placed_shape(values.shape, places))


def _listed(values: NDArray[Any], places: Places, filling: Any) -> NDArray[Any]:
    """Return a list that has an entry for each axis, moved; `filling` for the axes that come in."""
    found = np.full((RANK, *values.shape[1:]), filling, values.dtype)
    found[list(places)] = values
    return found


def _pool(_site: Site, op: Op, places: Places) -> Moved | None:
    if places != SWAPPED or op.options is None:
        return None
    options = op.options
    for height, width in _HEIGHT_AND_WIDTH:
        options = options.with_values(**{height: options[width], width: options[height]})
    return Moved(options)


def _row_by_row(_site: Site, op: Op, _places: Places) -> Moved | None:
    return Moved(op.options)


def _elementwise(site: Site, op: Op, places: Places) -> Moved | None:
    changed = {}
    for position in range(len(op.inputs)):
        constant = site.constant(op, position)
        if constant is None or broadcasts_alike(constant.shape, places):
            continue
        if len(constant.shape) > len(places) or _is_per_channel(constant):
            return None
        padded = (1,) * (len(places) - len(constant.shape)) + constant.shape
        changed[position] = _placed(constant.array().reshape(padded), places)
    return Moved(op.options, changed)


def _is_per_channel(tensor: Tensor) -> bool:
    return tensor.quant is not None and len(tensor.quant.scales) > 1


def _concatenation(site: Site, op: Op, places: Places) -> Moved | None:
    axis = int(op.options.get("axis") or 0) if op.options is not None else None
    found = _elementwise(site, op, places)
    full = all(len(tensor.shape) == len(places) for tensor in site.graph.inputs_of(op) if tensor is not None)
    if axis is None or op.options is None or found is None or not full or not -len(places) <= axis < len(places):
        return None
    return replace(found, options=op.options.with_values(axis=places[axis % len(places)]))


def _pad(site: Site, op: Op, places: Places) -> Moved | None:
    amounts = site.constant(op, 1)
    if amounts is None or amounts.shape != (len(places), 2):
        return None
    return Moved(op.options, {1: _listed(amounts.array(), places, 0)})


def _slice(site: Site, op: Op, places: Places) -> Moved | None:
    lists = _lists(site, op, places, (0, 1))
    return None if lists is None else Moved(op.options, lists)


def _strided_slice(site: Site, op: Op, places: Places) -> Moved | None:
    lists = _lists(site, op, places, (0, 1, 1))
    if lists is None or op.options is None or any(op.options.get(name) for name in _OTHER_MASKS):
        return None
    masks = {name: _moved_bits(int(op.options.get(name) or 0), places) for name in _RANGE_MASKS}
    return Moved(op.options.with_values(**masks), lists)


def _lists(site: Site, op: Op, places: Places, fillings: Sequence[int]) -> dict[int, NDArray[Any]] | None:
    """Return the constant operands behind the first, each with an entry for each axis, moved."""
    found = {}
    for position, filling in enumerate(fillings, start=1):
        constant = site.constant(op, position)
        if constant is None or constant.shape != (len(places),):
            return None
        found[position] = _listed(constant.array(), places, filling)
    return found


def _moved_bits(mask: int, places: Places) -> int:
    return sum((mask >> axis & 1) << place for axis, place in enumerate(places))


def _split(axis_position: int) -> Callable[[Site, Op, Places], Moved | None]:
    def rule(site: Site, op: Op, places: Places) -> Moved | None:
        axis = site.constant(op, axis_position)
        if axis is None or axis.elements != 1:
            return None
        value = int(axis.array().reshape(-1)[0])
        if not -len(places) <= value < len(places):
            return None
        return Moved(op.options, {axis_position: np.full(axis.shape, places[value % len(places)], axis.dtype.numpy)})

    return rule


def _reduction(site: Site, op: Op, places: Places) -> Moved | None:
    """Only where the axes stay the same ones: kernels sum along one axis in other ways than along another."""
    axes = site.constant(op, 1)
    if places != SWAPPED or axes is None:
        return None
    named = {int(axis) % RANK for axis in axes.array().reshape(-1)}
    return Moved(op.options) if named == {places[axis] for axis in named} else None


_UNARY_TOO = ("CEIL", "COS", "FLOOR", "LOG", "RELU_0_TO_1", "RELU_N1_TO_1", "ROUND", "SIN")
_LAST_AXIS = ("L2_NORMALIZATION", "LOG_SOFTMAX", "SOFTMAX")

_RULES: Mapping[str, Callable[[Site, Op, Places], Moved | None]] = MappingProxyType(
    {
        **dict.fromkeys((*UNARY, *_UNARY_TOO, *_LAST_AXIS), _row_by_row),
        **dict.fromkeys(BINARY, _elementwise),
        **dict.fromkeys(("AVERAGE_POOL_2D", "MAX_POOL_2D"), _pool),
        **dict.fromkeys(("MIRROR_PAD", "PAD", "PADV2"), _pad),
        **dict.fromkeys(("MEAN", "REDUCE_MAX", "REDUCE_MIN", "SUM"), _reduction),
        "CONCATENATION": _concatenation,
        "SLICE": _slice,
        "SPLIT": _split(0),
        "SPLIT_V": _split(2),
        "STRIDED_SLICE": _strided_slice,
    }
)
