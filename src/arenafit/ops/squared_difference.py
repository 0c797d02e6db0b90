"""SQUARED_DIFFERENCE: square of the difference; two tensors, broadcast against each other."""

from arenafit.ops._elementwise import binary
from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator

OPERATOR = binary(
    Operator("SQUARED_DIFFERENCE", output_shapes=broadcast(0, 1), resolver="AddSquaredDifference", precisions=BOTH)
)
