"""L2_POOL_2D: l2 of each window of an image (N, H, W, C)."""

from arenafit.ops._windows import pooled
from arenafit.ops.facts import Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator("L2_POOL_2D", short="pool", family=Family.POOLING, output_shapes=pooled, resolver="AddL2Pool2D")
