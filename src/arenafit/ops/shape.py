"""SHAPE: the shape of operand 0."""

from arenafit.ops.protocol import Operands, Operator, Shape


def _shapes(operands: Operands) -> list[Shape]:
    return [(len(operands.shape(0)),)]


OPERATOR = Operator("SHAPE", output_shapes=_shapes)
