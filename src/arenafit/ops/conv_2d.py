"""CONV_2D: convolution of an image (N, H, W, C) with filters (O, H, W, I), in groups of I channels."""

from arenafit.ops._shapes import listed, needed_rank
from arenafit.ops._windows import moved
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    image, filters = operands.shape(0), operands.shape(1)
    needed_rank(filters, 4, "the filter")
    height, width = moved(operands, image, filters[1:3])
    if filters[3] < 1 or image[3] % filters[3] or filters[0] % (image[3] // filters[3]):
        raise ShapeError(f"filters {listed(filters)} do not fit an input {listed(image)}")
    return [(image[0], height, width, filters[0])]


OPERATOR = Operator("CONV_2D", output_shapes=_shapes)
