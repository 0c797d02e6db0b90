"""MEAN: mean along the axes of operand 1."""

from arenafit.ops._shapes import reduced
from arenafit.ops.protocol import Operator

OPERATOR = Operator("MEAN", output_shapes=reduced, any_view=True)
