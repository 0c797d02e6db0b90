"""PADV2: operand 2 around operand 0."""

from arenafit.ops._shapes import padded
from arenafit.ops.protocol import Operator

OPERATOR = Operator("PADV2", output_shapes=padded)
