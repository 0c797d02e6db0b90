"""FLOOR: rounds down, element by element."""

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = unary(Operator("FLOOR", output_shapes=as_input(), any_view=True, resolver="AddFloor"))
