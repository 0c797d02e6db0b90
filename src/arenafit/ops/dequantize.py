"""DEQUANTIZE: stored values become real ones, element by element."""

from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = Operator("DEQUANTIZE", output_shapes=as_input(), any_view=True)
