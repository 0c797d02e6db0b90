"""DEPTH_TO_SPACE: blocks of channels become space, (N, H, W, C)."""

from arenafit.ops._shapes import needed_rank
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    batch, height, width, channels = _image(operands)
    block = operands.option("block_size", 0)
    if block < 1 or channels % (block * block):
        raise ShapeError(f"{channels} channels do not make blocks of {block} by {block}")
    return [(batch, height * block, width * block, channels // (block * block))]


def _image(operands: Operands) -> Shape:
    shape = operands.shape(0)
    needed_rank(shape, 4, "the input")
    return shape


OPERATOR = Operator("DEPTH_TO_SPACE", output_shapes=_shapes)
