"""GREATER: whether greater; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator

OPERATOR = Operator("GREATER", output_shapes=broadcast(0, 1), resolver="AddGreater", precisions=BOTH)
