"""MINIMUM: the smaller; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.protocol import Operator

OPERATOR = Operator("MINIMUM", output_shapes=broadcast(0, 1))
