"""SQUARED_DIFFERENCE: square of the difference; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.protocol import Operator

OPERATOR = Operator("SQUARED_DIFFERENCE", output_shapes=broadcast(0, 1))
