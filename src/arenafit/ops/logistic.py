"""LOGISTIC: 1 / (1 + e^-x), element by element."""

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator

OPERATOR = unary(Operator("LOGISTIC", output_shapes=as_input(), any_view=True, resolver="AddLogistic", precisions=BOTH))
