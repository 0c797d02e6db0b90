"""L2_NORMALIZATION: divided by the length along the last axis."""

from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = Operator("L2_NORMALIZATION", output_shapes=as_input(), any_view=True)
