"""GREATER: whether greater; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import BOTH, Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "GREATER", family=Family.DISCRETE_BINARY, output_shapes=broadcast(0, 1), resolver="AddGreater", precisions=BOTH
)
