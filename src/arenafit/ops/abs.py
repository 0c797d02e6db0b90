"""ABS: absolute value, element by element."""

from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = Operator("ABS", output_shapes=as_input(), any_view=True)
