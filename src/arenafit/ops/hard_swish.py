"""HARD_SWISH: x * relu6(x + 3) / 6, element by element."""

from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = Operator("HARD_SWISH", output_shapes=as_input(), any_view=True)
