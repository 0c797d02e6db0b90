"""CONCATENATION: operands one after the other along an axis."""

from dataclasses import replace

import numpy as np

from arenafit.ir import Options
from arenafit.ops import magnitudes
from arenafit.ops._axes import elementwise_axes
from arenafit.ops._bitcasts import is_single
from arenafit.ops._evaluation import NO_ACTIVATION, Array, moves_only
from arenafit.ops._row_rules import pointwise
from arenafit.ops._rows_forms import ROW_AXIS, moving, row_begins
from arenafit.ops._shapes import axis_in, listed
from arenafit.ops.facts import ALL_OPERANDS, COPY, Family, MovedAxes, Places, RowsForm
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError
from arenafit.ops.rows import Pointwise


def _shapes(operands: Operands) -> list[Shape]:
    shapes = [operands.shape(index) for index in range(len(operands.op.inputs))]
    if not shapes:
        raise ShapeError("there is no operand")
    first = shapes[0]
    axis = axis_in(operands.option("axis", 0), len(first))
    for shape in shapes[1:]:
        if len(shape) != len(first) or any(
            one != other for at, (one, other) in enumerate(zip(shape, first, strict=True)) if at != axis
        ):
            raise ShapeError(f"{listed(first)} and {listed(shape)} do not join along axis {axis}")
    return [(*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])]


def _rows(operands: Operands, axis: int) -> Pointwise | None:
    graph, op = operands.graph, operands.op
    if op.options is None or int(op.options["axis"]) not in (3, -1):
        return None
    if any(operand is None or operand.is_constant for operand in graph.inputs_of(op)):
        return None
    return pointwise(operands, axis)


def _rows_form(operands: Operands, rows: int) -> RowsForm | None:
    op = operands.op
    shape = operands.needed_output().shape
    axis = int(op.options["axis"]) % max(1, len(shape)) if op.options is not None else 0
    if op.options is None or len(list(moving(operands))) != len(op.inputs) or axis not in row_begins(shape, rows):
        return None
    values = {**dict(op.options.values), "axis": ROW_AXIS}
    return RowsForm(Options(op.options.kind, tuple(values.items())), {})


def _axes(operands: Operands, places: Places) -> MovedAxes | None:
    op = operands.op
    axis = int(op.options.get("axis") or 0) if op.options is not None else None
    found = elementwise_axes(operands, places)
    full = all(len(tensor.shape) == len(places) for tensor in operands.graph.inputs_of(op) if tensor is not None)
    if axis is None or op.options is None or found is None or not full or not -len(places) <= axis < len(places):
        return None
    return replace(found, options=op.options.with_values(axis=places[axis % len(places)]))


def _evaluate(operands: Operands, values: list[Array]) -> list[Array] | None:
    if not moves_only(operands) or operands.number("fused_activation_function") != NO_ACTIVATION:
        return None
    return [np.concatenate(values, axis=operands.number("axis"))]


OPERATOR = Operator(
    "CONCATENATION",
    magnitude=magnitudes.as_operands,
    family=Family.JOINING,
    output_shapes=_shapes,
    any_view=True,
    options_kind="ConcatenationOptions",
    rows=_rows,
    rows_form=_rows_form,
    axes=_axes,
    is_bitcast=is_single,
    evaluate=_evaluate,
    moves=ALL_OPERANDS,
    resolver="AddConcatenation",
    precisions=COPY,
)
