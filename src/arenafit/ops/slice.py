"""SLICE: a block of operand 0, from operand 1 on, of the size in operand 2."""

from arenafit.ops import magnitudes
from arenafit.ops._axes import lists_axes
from arenafit.ops._bitcasts import always
from arenafit.ops._evaluation import Array
from arenafit.ops._row_rules import channel_crop
from arenafit.ops._shapes import listed
from arenafit.ops.facts import COPY, MovedAxes, Places
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape | None]:
    shape, begin, size = operands.shape(0), operands.integers(1), operands.integers(2)
    if size is None or (begin is None and -1 in size):
        return [None]
    begins = (0,) * len(size) if begin is None else begin
    if not len(size) == len(begins) == len(shape):
        raise ShapeError(f"begin {listed(begins)} and size {listed(size)} do not fit an input {listed(shape)}")
    taken = tuple(whole - start if part == -1 else part for whole, start, part in zip(shape, begins, size, strict=True))
    if any(
        start < 0 or part < 0 or start + part > whole for start, part, whole in zip(begins, taken, shape, strict=True)
    ):
        raise ShapeError(f"a block {listed(taken)} from {listed(begins)} on lies outside {listed(shape)}")
    return [taken]


def _axes(operands: Operands, places: Places) -> MovedAxes | None:
    op = operands.op
    lists = lists_axes(operands, places, (0, 1))
    return None if lists is None else MovedAxes(op.options, lists)


def _evaluate(_operands: Operands, values: list[Array]) -> list[Array] | None:
    data, begin, size = values
    stops = [
        extent if count == -1 else first + count
        for first, count, extent in zip(begin.reshape(-1).tolist(), size.reshape(-1).tolist(), data.shape, strict=True)
    ]
    if any(
        first < 0 or stop > extent
        for first, stop, extent in zip(begin.reshape(-1).tolist(), stops, data.shape, strict=True)
    ):
        return None
    return [data[tuple(slice(first, stop) for first, stop in zip(begin.reshape(-1).tolist(), stops, strict=True))]]


OPERATOR = Operator(
    "SLICE",
    magnitude=magnitudes.as_operands,
    output_shapes=_shapes,
    any_view=True,
    rows=channel_crop,
    axes=_axes,
    is_bitcast=always,
    evaluate=_evaluate,
    moves=(0,),
    resolver="AddSlice",
    precisions=COPY,
)
