"""LOGICAL_OR: either; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator("LOGICAL_OR", family=Family.DISCRETE_BINARY, output_shapes=broadcast(0, 1), resolver="AddLogicalOr")
