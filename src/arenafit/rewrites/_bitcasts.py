"""Operators that copy their input unchanged, byte for byte and in order: the output is the input by another shape."""

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType

import numpy as np

from arenafit.ir import DType, Op
from arenafit.rewrites._padding import pad_amounts
from arenafit.rewrites._sites import NO_ACTIVATION, Site, same_values

BitcastCheck = Callable[[Site, Op], bool]


def is_view(site: Site, op: Op) -> bool:
    """Whether `op` copies its first input to its one output, both with equal values for equal bytes."""
    check = _VIEWS.get(op.name)
    if check is None or len(op.outputs) != 1 or not op.inputs or op.inputs[0] is None:
        return False
    source, result = site.input(op), site.output(op)
    plain = source.elements == result.elements and same_values(source, result) and source.dtype is not DType.STRING
    # Scales along a dimension would have to move with it.
    per_channel = source.quant is not None and len(source.quant.scales) > 1
    return plain and not per_channel and min((*source.shape, *result.shape), default=1) > 0 and check(site, op)


def is_identity(site: Site, op: Op) -> bool:
    """Whether `op` is a view that even keeps the shape."""
    return is_view(site, op) and site.input(op).shape == site.output(op).shape


def reads_flat(site: Site, op: Op) -> bool:
    """Whether `op` is a FULLY_CONNECTED that takes its input's elements in order, whatever the shape."""
    if op.name != "FULLY_CONNECTED" or len(op.outputs) != 1:
        return False
    weights = site.input(op, 1)
    keeps_shape = op.options is not None and op.options.get("keep_num_dims")
    if keeps_shape or len(weights.shape) != 2 or not weights.shape[1]:
        return False
    return site.output(op).shape == (site.input(op).elements // weights.shape[1], weights.shape[0])


def _always(_site: Site, _op: Op) -> bool:
    return True


def _is_single(_site: Site, op: Op) -> bool:
    return len(op.inputs) == 1 and _option(op, "fused_activation_function") == NO_ACTIVATION


def _is_same_type(site: Site, op: Op) -> bool:
    # Equal types and quantisation were checked: a QUANTIZE or CAST that changes nothing.
    return site.input(op).shape == site.output(op).shape


def _moves_units_only(site: Site, op: Op) -> bool:
    order = site.constant(op, 1)
    shape = site.input(op).shape
    if order is None or sorted(order.array().reshape(-1).tolist()) != list(range(len(shape))):
        return False
    moved = [axis for axis in order.array().reshape(-1).tolist() if shape[axis] != 1]
    return moved == sorted(moved)


def _takes_all(site: Site, op: Op) -> bool:
    # As many elements out as in, none reversed: only the whole can be meant.
    strides = site.constant(op, 3)
    if op.name == "SLICE":
        return True
    return (
        strides is not None and not _option(op, "offset") and min(strides.array().reshape(-1).tolist(), default=1) > 0
    )


def _pads_nothing(site: Site, op: Op) -> bool:
    amounts = pad_amounts(site, op)
    return amounts is not None and not any(any(pair) for pair in amounts)


def _pools_single(_site: Site, op: Op) -> bool:
    names = ("filter_height", "filter_width", "stride_h", "stride_w")
    return all(_option(op, name) == 1 for name in names) and _option(op, "fused_activation_function") == NO_ACTIVATION


def _is_neutral_constant(neutral: float) -> BitcastCheck:
    def check(site: Site, op: Op) -> bool:
        second = site.constant(op, 1) if len(op.inputs) > 1 else None
        if second is None or second.dtype is not DType.FLOAT32 or prod(second.shape) > site.input(op).elements:
            return False
        same = site.input(op).shape == site.output(op).shape
        # By bytes, so that -0.0 is not taken for 0.0: x - 0.0 is x for every x, x - -0.0 is not.
        exact = second.array().tobytes() == np.full(second.shape, neutral, np.float32).tobytes()
        return same and exact and _option(op, "fused_activation_function") == NO_ACTIVATION

    return check


def _option(op: Op, name: str) -> int:
    return int((op.options.get(name) if op.options else None) or 0)


_VIEWS: Mapping[str, BitcastCheck] = MappingProxyType(
    {
        "AVERAGE_POOL_2D": _pools_single,
        "BROADCAST_TO": _always,
        "CAST": _is_same_type,
        "CONCATENATION": _is_single,
        "DIV": _is_neutral_constant(1.0),
        "EXPAND_DIMS": _always,
        "MAX_POOL_2D": _pools_single,
        "MIRROR_PAD": _pads_nothing,
        "MUL": _is_neutral_constant(1.0),
        "PACK": _is_single,
        "PAD": _pads_nothing,
        "PADV2": _pads_nothing,
        "QUANTIZE": _is_same_type,
        "RESHAPE": _always,
        "SLICE": _takes_all,
        "SQUEEZE": _always,
        "STRIDED_SLICE": _takes_all,
        "SUB": _is_neutral_constant(0.0),
        "TILE": _always,
        "TRANSPOSE": _moves_units_only,
        "UNPACK": _always,
    }
)
