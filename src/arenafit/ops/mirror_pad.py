"""MIRROR_PAD: operand 0 mirrored around itself."""

from arenafit.ops._shapes import padded
from arenafit.ops.protocol import Operator

OPERATOR = Operator("MIRROR_PAD", output_shapes=padded)
