"""RELU6: values clamped to [0, 6], element by element."""

from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = Operator("RELU6", output_shapes=as_input(), any_view=True)
