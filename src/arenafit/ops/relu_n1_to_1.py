"""RELU_N1_TO_1: clamps to [-1, 1], element by element."""

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = unary(Operator("RELU_N1_TO_1", output_shapes=as_input(), fused_as=2))
