"""LESS: whether less; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import INT8_ONLY, Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "LESS", family=Family.DISCRETE_BINARY, output_shapes=broadcast(0, 1), resolver="AddLess", precisions=INT8_ONLY
)
