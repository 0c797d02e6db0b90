"""RESIZE_BILINEAR: an image (N, H, W, C) of another height and width."""

from arenafit.ops._shapes import resized
from arenafit.ops.protocol import Operator

OPERATOR = Operator("RESIZE_BILINEAR", output_shapes=resized)
