"""RELU: negative values become 0, element by element."""

from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = Operator("RELU", output_shapes=as_input(), any_view=True)
