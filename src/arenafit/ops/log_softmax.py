"""LOG_SOFTMAX: logarithm of the softmax along the last axis."""

from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = Operator("LOG_SOFTMAX", output_shapes=as_input(), any_view=True)
