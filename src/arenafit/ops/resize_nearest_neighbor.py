"""RESIZE_NEAREST_NEIGHBOR: an image (N, H, W, C) of another height and width."""

from arenafit.ops._shapes import resized
from arenafit.ops.protocol import Operator

OPERATOR = Operator("RESIZE_NEAREST_NEIGHBOR", output_shapes=resized)
