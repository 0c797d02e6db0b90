"""NOT_EQUAL: whether different; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import INT8_ONLY, Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "NOT_EQUAL",
    family=Family.DISCRETE_BINARY,
    output_shapes=broadcast(0, 1),
    resolver="AddNotEqual",
    precisions=INT8_ONLY,
)
