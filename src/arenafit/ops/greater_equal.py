"""GREATER_EQUAL: whether not less; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import INT8_ONLY, Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "GREATER_EQUAL",
    family=Family.DISCRETE_BINARY,
    output_shapes=broadcast(0, 1),
    resolver="AddGreaterEqual",
    precisions=INT8_ONLY,
)
