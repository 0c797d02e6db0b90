"""RELU_0_TO_1: clamps to [0, 1], element by element."""

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = unary(Operator("RELU_0_TO_1", output_shapes=as_input()))
