"""REDUCE_ALL: whether all hold along the axes of operand 1."""

from arenafit.ops._shapes import reduced
from arenafit.ops.protocol import Operator

OPERATOR = Operator("REDUCE_ALL", output_shapes=reduced, any_view=True, resolver="AddReduceAll")
