"""LOGICAL_AND: both; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "LOGICAL_AND", family=Family.DISCRETE_BINARY, output_shapes=broadcast(0, 1), resolver="AddLogicalAnd"
)
