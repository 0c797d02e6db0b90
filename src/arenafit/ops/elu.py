"""ELU: exponential linear unit, element by element."""

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import INT8_ONLY
from arenafit.ops.protocol import Operator

OPERATOR = unary(Operator("ELU", output_shapes=as_input(), any_view=True, resolver="AddElu", precisions=INT8_ONLY))
