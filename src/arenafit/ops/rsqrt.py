"""RSQRT: 1 / square root, element by element."""

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator

OPERATOR = unary(Operator("RSQRT", output_shapes=as_input(), any_view=True, resolver="AddRsqrt", precisions=BOTH))
