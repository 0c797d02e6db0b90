"""BROADCAST_ARGS: the shape that two shapes broadcast to."""

from arenafit.ops.protocol import Operands, Operator, Shape


def _shapes(operands: Operands) -> list[Shape]:
    return [(max(operands.shape(0)[0], operands.shape(1)[0]),)] if operands.shape(0) and operands.shape(1) else [()]


OPERATOR = Operator("BROADCAST_ARGS", output_shapes=_shapes, resolver="AddBroadcastArgs")
