"""LESS_EQUAL: whether not greater; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import INT8_ONLY
from arenafit.ops.protocol import Operator

OPERATOR = Operator("LESS_EQUAL", output_shapes=broadcast(0, 1), resolver="AddLessEqual", precisions=INT8_ONLY)
