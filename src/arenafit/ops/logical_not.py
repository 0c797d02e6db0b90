"""LOGICAL_NOT: negation, element by element."""

from arenafit.ops._shapes import as_input
from arenafit.ops.facts import Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "LOGICAL_NOT", family=Family.DISCRETE_UNARY, output_shapes=as_input(), any_view=True, resolver="AddLogicalNot"
)
