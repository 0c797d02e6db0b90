"""How kinds of operators that work row by row are written for (1, N, 1, K): N rows of K elements, one after another.

A row is what the last dimensions of a tensor hold; N is the product of those before them.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import prod

import numpy as np

from arenafit.ir import Constant, Options, Tensor, TensorId
from arenafit.ops.facts import RowsForm
from arenafit.ops.protocol import Operands

ROW_AXIS = 3
_BROADCAST_DIMENSIONS = 4


def row_begins(shape: tuple[int, ...], rows: int) -> Iterator[int]:
    """Yield the axes at which a row may be taken to begin: so many rows lie before them."""
    return (axis for axis in range(len(shape) + 1) if prod(shape[:axis]) == rows)


def moving(operands: Operands) -> Iterator[TensorId]:
    """Yield the operands that are no constants."""
    return (operand for operand in operands.op.operands if not operands.graph.tensor(operand).is_constant)


def unary_rows(operands: Operands, _rows: int) -> RowsForm | None:
    op = operands.op
    if operands.needed_input(0).shape != operands.needed_output().shape or len(op.inputs) != 1:
        return None
    return RowsForm(op.options, {})


def elementwise_rows(operands: Operands, rows: int) -> RowsForm | None:
    shape = operands.needed_output().shape
    found = (_elementwise_from(operands, shape, axis) for axis in row_begins(shape, rows))
    return next((item for item in found if item is not None), None)


def _elementwise_from(operands: Operands, shape: tuple[int, ...], axis: int) -> RowsForm | None:
    """The operator with rows that begin at `axis` of its output; operands may be one element a row, or one row."""
    op = operands.op
    constants: dict[int, Tensor] = {}
    for position in range(len(op.inputs)):
        operand = operands.needed_input(position)
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
        if prod(aligned[:axis]) != 1 or operands.constant(position) is None:
            return None
        if prod(within) not in (1, *within[-1:]) or len(operand.shape) > _BROADCAST_DIMENSIONS:
            constants[position] = replace(operand, shape=(1, 1, 1, prod(within)), shape_signature=None)
    return RowsForm(op.options, constants)


def over_last_rows(operands: Operands, rows: int) -> RowsForm | None:
    op = operands.op
    shape = operands.needed_input(0).shape
    return RowsForm(op.options, {}) if shape and shape[-1] * rows == prod(shape) else None


def reduction_rows(operands: Operands, rows: int) -> RowsForm | None:
    """A reduction of whole rows; others leave no rows."""
    op = operands.op
    source, axes = operands.needed_input(0), operands.constant(1)
    if axes is None or op.options is None or operands.needed_output().elements != rows:
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
        axes, shape=(1,), shape_signature=None, data=Constant.of(np.array([ROW_AXIS], dtype=axes.dtype.numpy))
    )
    values = {**dict(op.options.values), "keep_dims": True}
    return RowsForm(Options(op.options.kind, tuple(values.items())), {1: constant})
