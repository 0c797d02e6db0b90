"""FLOOR_DIV: quotient rounded down; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.protocol import Operator

OPERATOR = Operator("FLOOR_DIV", output_shapes=broadcast(0, 1), resolver="AddFloorDiv")
