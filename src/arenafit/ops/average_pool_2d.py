"""AVERAGE_POOL_2D: average of each window of an image (N, H, W, C)."""

from arenafit.ops._windows import pooled
from arenafit.ops.protocol import Operator

OPERATOR = Operator("AVERAGE_POOL_2D", output_shapes=pooled)
