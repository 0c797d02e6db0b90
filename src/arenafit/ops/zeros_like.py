"""ZEROS_LIKE: zeros of the operand's shape."""

from arenafit.ops._shapes import as_input
from arenafit.ops.facts import Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "ZEROS_LIKE", family=Family.DISCRETE_UNARY, output_shapes=as_input(), any_view=True, resolver="AddZerosLike"
)
