"""How each operator that works row by row is written for tensors (1, N, 1, K): N rows of K elements, one after another.

A row is what the last dimensions of a tensor hold; N is the product of those before them. An operator works row by row
if row n of its output depends on row n of each operand, and on constants that are the same for all rows.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from types import MappingProxyType

import numpy as np

from arenafit.ir import Constant, DType, Op, Options, Tensor, TensorId
from arenafit.ir.well_formed import is_sound
from arenafit.rewrites._bitcasts import is_view
from arenafit.rewrites._channels import BINARY, UNARY
from arenafit.rewrites._sites import Site, has_effect

# tensorflow/lite/tools/versioning/op_version.cc: the version that first keeps the dimensions of the input.
_KEEPS_DIMS_VERSION = 5
_ROW_AXIS = 3
_FLAT_RANK = 2
_CONVOLVED_DEPTHS = 4
_BROADCAST_DIMENSIONS = 4


@dataclass(frozen=True, slots=True)
class Lifted:
    """An operator for (1, N, 1, K): its options, the constants that change by position, the least version."""

    options: Options | None
    constants: Mapping[int, Tensor]
    version: int = 1


Lifter = Callable[[Site, Op, int], Lifted | None]


def lifted(site: Site, op: Op, rows: int) -> Lifted | None:
    """Return `op` written for so many rows, or None if it does not work on them one by one."""
    lifter = _LIFTERS.get(op.name)
    if lifter is None or not is_sound(op) or has_effect(site, op) or len(op.outputs) != 1:
        return None
    operands = list(moving(site, op))
    if not operands or not all(_has_rows(site.graph.tensor(tensor), rows) for tensor in (op.outputs[0], *operands)):
        return None
    return lifter(site, op, rows)


def joins_rows(site: Site, op: Op, rows: int) -> bool:
    """Whether `op` only gives so many rows another shape."""
    return is_view(site, op) and all(
        _has_rows(tensor, rows) and not tensor.is_constant for tensor in (site.input(op), site.output(op))
    )


def moving(site: Site, op: Op) -> Iterator[TensorId]:
    """Yield the operands that are no constants."""
    return (operand for operand in op.operands if not site.graph.tensor(operand).is_constant)


def rows_shape(tensor: Tensor, rows: int) -> tuple[int, ...]:
    """Return the shape (1, N, 1, K) of a tensor that has so many rows."""
    return 1, rows, 1, tensor.elements // rows


def _has_rows(tensor: Tensor, rows: int) -> bool:
    # Scales along a dimension would have to move with it.
    per_channel = tensor.quant is not None and len(tensor.quant.scales) > 1
    whole = tensor.elements > 0 and tensor.elements % rows == 0
    return whole and not per_channel and not tensor.is_variable and tensor.is_plain and tensor.dtype.bits >= 8


def _row_begins(shape: tuple[int, ...], rows: int) -> Iterator[int]:
    """Yield the axes at which a row may be taken to begin: so many rows lie before them."""
    return (axis for axis in range(len(shape) + 1) if prod(shape[:axis]) == rows)


def _unary(site: Site, op: Op, _rows: int) -> Lifted | None:
    if site.input(op).shape != site.output(op).shape or len(op.inputs) != 1:
        return None
    return Lifted(op.options, {})


def _elementwise(site: Site, op: Op, rows: int) -> Lifted | None:
    shape = site.output(op).shape
    found = (_elementwise_from(site, op, shape, axis) for axis in _row_begins(shape, rows))
    return next((item for item in found if item is not None), None)


def _elementwise_from(site: Site, op: Op, shape: tuple[int, ...], axis: int) -> Lifted | None:
    """The operator with rows that begin at `axis` of its output; operands may be one element a row, or one row."""
    constants: dict[int, Tensor] = {}
    for position in range(len(op.inputs)):
        operand = site.input(op, position)
        if len(operand.shape) > len(shape):
            return None
        aligned = (1,) * (len(shape) - len(operand.shape)) + operand.shape
        within = aligned[axis:]
        if within != shape[axis:] and prod(within) != 1:
            return None
        if not operand.is_constant:
            if aligned[:axis] != shape[:axis]:
                return None
            continue
        if prod(aligned[:axis]) != 1 or site.constant(op, position) is None:
            return None
        if prod(within) not in (1, *within[-1:]) or len(operand.shape) > _BROADCAST_DIMENSIONS:
            constants[position] = replace(operand, shape=(1, 1, 1, prod(within)), shape_signature=None)
    return Lifted(op.options, constants)


def _fully_connected(site: Site, op: Op, rows: int) -> Lifted | None:
    weights = site.constant(op, 1)
    if weights is None or len(weights.shape) != 2 or op.options is None or len(list(moving(site, op))) != 1:
        return None
    outputs, depth = weights.shape
    if len(site.output(op).shape) <= _FLAT_RANK and _runs_otherwise_in_more_dimensions(weights):
        return None
    if site.input(op).elements != rows * depth or site.output(op).elements != rows * outputs:
        return None
    values = {**dict(op.options.values), "keep_num_dims": True}
    return Lifted(Options(op.options.kind, tuple(values.items())), {}, _KEEPS_DIMS_VERSION)


def _runs_otherwise_in_more_dimensions(weights: Tensor) -> bool:
    # cmsis_nn/fully_connected.cc (commit 90b983c2) runs outputs of three dimensions and more as a 1x1 convolution; with
    # one scale it takes a scratch buffer, whose index it asserts in debug builds to be 4 or more, which it need not be.
    one_scale = weights.quant is not None and len(weights.quant.scales) == 1
    return weights.dtype is DType.INT8 and one_scale and weights.shape[-1] % _CONVOLVED_DEPTHS == 0


def _over_last(site: Site, op: Op, rows: int) -> Lifted | None:
    shape = site.input(op).shape
    return Lifted(op.options, {}) if shape and shape[-1] * rows == prod(shape) else None


def _reduction(site: Site, op: Op, rows: int) -> Lifted | None:
    """A reduction of whole rows; others leave no rows."""
    source, axes = site.input(op), site.constant(op, 1)
    if axes is None or op.options is None or site.output(op).elements != rows:
        return None
    rank = len(source.shape)
    named = sorted({int(axis) % rank for axis in axes.array().reshape(-1)})
    if rank == _BROADCAST_DIMENSIONS and named == [1, 2]:
        return None  # both runtimes have a kernel of its own for the means of images, which may round otherwise
    reduced = [axis for axis in named if source.shape[axis] != 1]
    left = [axis for axis in range(rank) if axis not in named and source.shape[axis] != 1]
    if left and reduced and max(left) > min(reduced):
        return None
    constant = replace(
        axes, shape=(1,), shape_signature=None, data=Constant.of(np.array([_ROW_AXIS], dtype=axes.dtype.numpy))
    )
    values = {**dict(op.options.values), "keep_dims": True}
    return Lifted(Options(op.options.kind, tuple(values.items())), {1: constant})


def _concatenation(site: Site, op: Op, rows: int) -> Lifted | None:
    shape = site.output(op).shape
    axis = int(op.options["axis"]) % max(1, len(shape)) if op.options is not None else 0
    if op.options is None or len(list(moving(site, op))) != len(op.inputs) or axis not in _row_begins(shape, rows):
        return None
    values = {**dict(op.options.values), "axis": _ROW_AXIS}
    return Lifted(Options(op.options.kind, tuple(values.items())), {})


_LIFTERS: Mapping[str, Lifter] = MappingProxyType(
    {
        **dict.fromkeys((*UNARY, "RELU_N1_TO_1", "RELU_0_TO_1"), _unary),
        **dict.fromkeys(BINARY, _elementwise),
        **dict.fromkeys(("SOFTMAX", "LOG_SOFTMAX", "L2_NORMALIZATION"), _over_last),
        **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"), _reduction),
        "CONCATENATION": _concatenation,
        "FULLY_CONNECTED": _fully_connected,
    }
)
