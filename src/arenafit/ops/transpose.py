"""TRANSPOSE: axes in the order of operand 1."""

from arenafit.ops import magnitudes
from arenafit.ops._evaluation import Array, same_quant_as_output
from arenafit.ops._shapes import listed
from arenafit.ops.facts import COPY, Family
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape | None]:
    shape, order = operands.shape(0), operands.integers(1)
    if order is None:
        return [None]
    if sorted(order) != list(range(len(shape))):
        raise ShapeError(f"{listed(order)} is no order of the axes of {listed(shape)}")
    return [tuple(shape[axis] for axis in order)]


def _is_bitcast(operands: Operands) -> bool:
    order = operands.constant(1)
    shape = operands.needed_input(0).shape
    if order is None or sorted(order.array().reshape(-1).tolist()) != list(range(len(shape))):
        return False
    moved = [axis for axis in order.array().reshape(-1).tolist() if shape[axis] != 1]
    return moved == sorted(moved)


def _evaluate(operands: Operands, values: list[Array]) -> list[Array] | None:
    data, order = values
    if not same_quant_as_output(operands, 1) or sorted(order.reshape(-1).tolist()) != list(range(data.ndim)):
        return None
    return [data.transpose(order.reshape(-1).tolist())]


OPERATOR = Operator(
    "TRANSPOSE",
    keeps_values=(0,),
    magnitude=magnitudes.as_operands,
    family=Family.TRANSPOSITION,
    output_shapes=_shapes,
    is_bitcast=_is_bitcast,
    evaluate=_evaluate,
    resolver="AddTranspose",
    precisions=COPY,
)
