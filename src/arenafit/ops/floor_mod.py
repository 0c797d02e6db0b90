"""FLOOR_MOD: remainder of the quotient rounded down; two tensors, broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator("FLOOR_MOD", family=Family.DISCRETE_BINARY, output_shapes=broadcast(0, 1), resolver="AddFloorMod")
