"""SOFTMAX: e^x along the last axis, divided by their sum."""

from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = Operator("SOFTMAX", output_shapes=as_input(), any_view=True)
