"""LOGISTIC: 1 / (1 + e^-x), element by element."""

from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = Operator("LOGISTIC", output_shapes=as_input(), any_view=True)
