"""FILL: operand 1 repeated over the shape in operand 0."""

from arenafit.ops.protocol import Operands, Operator, Shape


def _shapes(operands: Operands) -> list[Shape | None]:
    return [operands.integers(0)]


OPERATOR = Operator("FILL", output_shapes=_shapes, resolver="AddFill")
