"""EQUAL: whether equal; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import INT8_ONLY, Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "EQUAL", family=Family.DISCRETE_BINARY, output_shapes=broadcast(0, 1), resolver="AddEqual", precisions=INT8_ONLY
)
