"""MUL: product; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.protocol import Operator

OPERATOR = Operator("MUL", output_shapes=broadcast(0, 1))
