"""PAD: zeros around operand 0."""

from arenafit.ops._shapes import padded
from arenafit.ops.protocol import Operator

OPERATOR = Operator("PAD", output_shapes=padded)
