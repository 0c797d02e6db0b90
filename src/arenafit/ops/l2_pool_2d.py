"""L2_POOL_2D: l2 of each window of an image (N, H, W, C)."""

from arenafit.ops._windows import pooled
from arenafit.ops.protocol import Operator

OPERATOR = Operator("L2_POOL_2D", output_shapes=pooled, resolver="AddL2Pool2D")
